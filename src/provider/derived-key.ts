/** @module Keys that follow from a secret seed, so that whoever has to keep one for a while need keep no more than the seed. */
import { createECDH, createPrivateKey, hkdfSync } from "node:crypto";

/** A private key as a JWK (RFC 7518 §6.2, RFC 8037 §2). */
export type DerivedKey = Readonly<Record<"kty" | "crv" | "x" | "d" | "alg", string>> & { readonly y?: string };

/** A curve of ECDSA. */
interface Curve {
  readonly crv: string;
  /** What node:crypto calls it. */
  readonly name: string;
  /** How long a private key is. */
  readonly bytes: number;
  /** The bits of the first byte that are used: the highest of all stays 0, so that every key is smaller than the order of the curve. */
  readonly first: number;
}

const CURVES: Readonly<Record<string, Curve>> = {
  ES256: { crv: "P-256", name: "prime256v1", bytes: 32, first: 0x7f },
  ES384: { crv: "P-384", name: "secp384r1", bytes: 48, first: 0x7f },
  ES512: { crv: "P-521", name: "secp521r1", bytes: 66, first: 0 },
};

/** What stands before the 32 bytes of a private key of Ed25519 in PKCS #8 (RFC 8410 §7). */
const ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * The private key of a seed, for one algorithm: always the same.
 *
 * @param seed - random, 128 bits or more, used for nothing else that anybody gets to see.
 * @returns undefined for algorithms whose keys have to be searched for, as with RSA.
 */
export function deriveKey(seed: string, alg: string): DerivedKey | undefined {
  if (alg === "Ed25519" || alg === "EdDSA") return ed25519Key(seed, alg);
  const curve = Object.hasOwn(CURVES, alg) ? CURVES[alg] : undefined;
  return curve && ellipticKey(seed, alg, curve);
}

function bytesOf(seed: string, use: string, length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", seed, "", `express-oidc key ${use}`, length));
}

function ed25519Key(seed: string, alg: string): DerivedKey {
  const der = Buffer.concat([ED25519, bytesOf(seed, alg, 32)]);
  const {
    crv = "",
    x = "",
    d = "",
  } = createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ format: "jwk" });
  return { kty: "OKP", crv, x, d, alg };
}

function ellipticKey(seed: string, alg: string, { crv, name, bytes, first }: Curve): DerivedKey {
  const secret = bytesOf(seed, alg, bytes);
  secret[0] = (secret[0] ?? 0) & first;
  const ecdh = createECDH(name);
  ecdh.setPrivateKey(secret);
  // a point in its long form: 4, x, y
  const point = ecdh.getPublicKey();
  const [x, y] = [point.subarray(1, 1 + bytes), point.subarray(1 + bytes)].map((part) => part.toString("base64url"));
  return { kty: "EC", crv, x: x ?? "", y: y ?? "", d: secret.toString("base64url"), alg };
}
