/**
 * Certificates for tests, each signed by its own key: node:crypto reads them and makes none, so their few bytes (RFC 5280, X.690) are written here.
 * @module
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A certificate and its key. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly der: Buffer;
  /** What a token is bound to that is bound to it (RFC 8705 3.1). */
  readonly cnf: { readonly "x5t#S256": string };
}

const SEQUENCE = 0x30;
const DAY_MS = 86_400_000;

/** Creates a certificate for a name, which servers on this machine may use, too. It is good for a day. */
export function createCertificate(name: string): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const unsigned = toBeSigned(name, publicKey);
  const signature = bits(sign("sha256", unsigned, privateKey));
  const certificate = der(SEQUENCE, unsigned, ECDSA_WITH_SHA256, signature);
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    cert: ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n"),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    der: certificate,
    cnf: { "x5t#S256": createHash("sha256").update(certificate).digest("base64url") },
  };
}

function toBeSigned(name: string, publicKey: KeyObject): Buffer {
  const version3 = der(0xa0, der(0x02, Buffer.of(2)));
  const serial = der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)]));
  const named = der(SEQUENCE, der(0x31, der(SEQUENCE, id("550403"), der(0x0c, Buffer.from(name)))));
  const validity = der(SEQUENCE, time(Date.now() - DAY_MS), time(Date.now() + DAY_MS));
  const key = publicKey.export({ type: "spki", format: "der" });
  const localhost = der(SEQUENCE, der(0x82, Buffer.from("localhost")));
  const extensions = der(0xa3, der(SEQUENCE, der(SEQUENCE, id("551d11"), der(0x04, localhost))));
  return der(SEQUENCE, version3, serial, ECDSA_WITH_SHA256, named, validity, named, key, extensions);
}

/** A value with its tag and its length. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

function id(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

function bits(bytes: Buffer): Buffer {
  return der(0x03, Buffer.of(0), bytes);
}

function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return der(0x17, Buffer.from(`${text}Z`));
}

const ECDSA_WITH_SHA256 = der(SEQUENCE, id("2a8648ce3d040302"));
