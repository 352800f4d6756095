/** @module Sealing: what is written down outside this process can be neither read nor changed nor swapped there. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** What a seal is for. Each purpose has keys of its own, so that nothing sealed for one opens for another. */
export type Purpose = "login" | "cookie" | "answer";

/** Seals and opens texts, or bytes, for one purpose. */
export interface Sealer {
  /** Seals it with the newest secret, bound to a name. */
  seal(name: string, content: string | Buffer): string;
  /** Opens what was sealed under the same name; undefined for anything else, whatever is wrong with it. */
  open(name: string, sealed: string): string | undefined;
  /** The same, as bytes. */
  openBytes(name: string, sealed: string): Buffer | undefined;
}

interface Key {
  readonly kid: string;
  readonly bytes: Buffer;
}

/** The initialisation vector of AES-GCM, in bytes (NIST SP 800-38D §8.2). */
const IV = 12;

function derive(secret: string, info: string, length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", `express-oidc v1 ${info}`, length));
}

/**
 * Derives a further secret from each of the app's, so that one secret serves several mechanisms without weakening any (RFC 5869).
 */
export function deriveSecrets(secrets: readonly string[], purpose: string): string[] {
  return secrets.map((secret) => derive(secret, purpose, 32).toString("base64url"));
}

/**
 * Creates a sealer: compact JWE, `dir` with `A256GCM` (RFC 7516), written with node:crypto because it is ten times cheaper than a
 * promise-based one. The protected header carries the name, so that sealed texts can't be exchanged for one another.
 *
 * @param secrets - newest first: the first one seals, all open.
 */
export function createSealer(secrets: readonly string[], purpose: Purpose): Sealer {
  const keys = secrets.map(
    (secret): Key => ({
      kid: derive(secret, `${purpose} kid`, 6).toString("base64url"),
      bytes: derive(secret, purpose, 32),
    }),
  );
  function openBytes(name: string, sealed: string): Buffer | undefined {
    const [header, encryptedKey, ...rest] = sealed.split(".");
    if (header === undefined || encryptedKey !== "" || rest.length !== 3) return undefined;
    const key = keyFor(keys, header, name);
    return key === undefined ? undefined : openWith(key, header, rest);
  }
  return {
    seal: (name, content) => sealWith(keys[0], name, typeof content === "string" ? Buffer.from(content) : content),
    open: (name, sealed) => openBytes(name, sealed)?.toString("utf8"),
    openBytes,
  };
}

function sealWith(key: Key | undefined, name: string, bytes: Buffer): string {
  if (key === undefined) throw new TypeError("a sealer needs a secret");
  const header = Buffer.from(JSON.stringify({ alg: "dir", enc: "A256GCM", kid: key.kid, name })).toString("base64url");
  const iv = randomBytes(IV);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, iv).setAAD(Buffer.from(header));
  const ciphertext = Buffer.concat([cipher.update(bytes), cipher.final()]).toString("base64url");
  return `${header}..${iv.toString("base64url")}.${ciphertext}.${cipher.getAuthTag().toString("base64url")}`;
}

function keyFor(keys: readonly Key[], header: string, name: string): Key | undefined {
  try {
    const fields: unknown = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
    if (typeof fields !== "object" || fields === null || !("kid" in fields) || !("name" in fields)) return undefined;
    return fields.name === name ? keys.find((key) => key.kid === fields.kid) : undefined;
  } catch {
    return undefined;
  }
}

function openWith(key: Key, header: string, [iv, ciphertext, tag]: readonly string[]): Buffer | undefined {
  try {
    const decipher = createDecipheriv("aes-256-gcm", key.bytes, Buffer.from(iv ?? "", "base64url"), {
      authTagLength: 16,
    });
    decipher.setAAD(Buffer.from(header)).setAuthTag(Buffer.from(tag ?? "", "base64url"));
    return Buffer.concat([decipher.update(ciphertext ?? "", "base64url"), decipher.final()]);
  } catch {
    return undefined;
  }
}
