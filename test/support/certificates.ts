/**
 * Certificates for TLS on this machine, made on the spot: an authority and what it signs, or a certificate that vouches for itself.
 * @module
 */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A certificate and its key, in PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** A certificate that tokens can be bound to. */
export interface Certificate extends Certified {
  readonly der: Buffer;
  /** What a token has that is bound to it (RFC 8705 3.1). */
  readonly cnf: { readonly "x5t#S256": string };
}

const DAY_MS = 86_400_000;

/** Makes a certificate with a new P-256 key. It is for `localhost` and 127.0.0.1, for a day. */
export function createCertificate(name: string, authority?: Certified & { readonly name: string }): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signer = authority === undefined ? privateKey : authority.key;
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    distinguishedName(authority?.name ?? name),
    sequence(utcTime(Date.now() - DAY_MS), utcTime(Date.now() + DAY_MS)),
    distinguishedName(name),
    publicKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(basicConstraints(), alternativeNames())),
  );
  const signature = sign("sha256", body, signer);
  const whole = sequence(body, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
  return {
    cert: pem("CERTIFICATE", whole),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    der: whole,
    cnf: { "x5t#S256": createHash("sha256").update(whole).digest("base64url") },
  };
}

/** The public key of a certificate as a JWK that carries the certificate (RFC 8705 2.2.2). */
export function certificateJwk({ cert, key }: Certified): Record<string, unknown> {
  const publicKey: KeyObject = createPublicKey(key);
  const x5c = cert.replace(/-----[A-Z ]+-----|\s/g, "");
  return { ...publicKey.export({ format: "jwk" }), use: "sig", x5c: [x5c] };
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);
const integer = (bytes: Buffer) => der(0x02, bytes);
const explicit = (number: number, part: Buffer) => der(0xa0 + number, part);
const identifier = (hex: string) => der(0x06, Buffer.from(hex, "hex"));

const ECDSA_WITH_SHA256 = sequence(identifier("2a8648ce3d040302"));

function distinguishedName(name: string): Buffer {
  return sequence(der(0x31, sequence(identifier("550403"), der(0x0c, Buffer.from(name)))));
}

function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, "").slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function basicConstraints(): Buffer {
  const yes = der(0x01, Buffer.from([0xff]));
  return sequence(identifier("551d13"), yes, der(0x04, sequence(yes)));
}

function alternativeNames(): Buffer {
  const names = sequence(der(0x82, Buffer.from("localhost")), der(0x87, Buffer.from([127, 0, 0, 1])));
  return sequence(identifier("551d11"), der(0x04, names));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
