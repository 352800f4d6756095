/**
 * Keys and signatures of the scripted provider, honest ones and forgeries.
 * @module
 */
import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import { CompactEncrypt, CompactSign } from "jose";

/** One signing key. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** An ID token before it is signed. */
export interface Draft {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly key: SigningKey;
  readonly clientSecret: string;
}

/** Turns a draft into a token. */
export type Sign = (draft: Draft) => Promise<string>;

/** RSA keys take up to a second each, so the providers of one test file share them. */
const made = new Map<string, SigningKey>();

/** The key number `index` that fits an algorithm. */
export function signingKey(alg: string, index = 0): SigningKey {
  const kind = /^(RS|PS|HS|none)/.test(alg) ? "rsa" : alg.startsWith("Ed") ? "ed25519" : alg;
  const kid = `${kind}-${index}`.toLowerCase();
  const key = made.get(kid) ?? { kid, ...createPair(kind) };
  made.set(kid, key);
  return key;
}

function createPair(kind: string): Pick<SigningKey, "privateKey" | "publicKey"> {
  if (kind === "rsa") return generateKeyPairSync("rsa", { modulusLength: 2048 });
  if (kind === "ed25519") return generateKeyPairSync("ed25519");
  const curves: Readonly<Record<string, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };
  return generateKeyPairSync("ec", { namedCurve: curves[kind] ?? kind });
}

/** A public key as a JWKS shows it. */
export function publicJwk({ kid, publicKey }: SigningKey): Record<string, unknown> {
  return { ...publicKey.export({ format: "jwk" }), kid, use: "sig" };
}

/** The `at_hash` of an access token under an algorithm (OpenID Connect Core 3.1.3.6). */
export function atHash(accessToken: string, alg: string): string {
  const bits = alg.startsWith("Ed") ? "512" : alg.slice(-3);
  const digest = createHash(/^\d+$/.test(bits) ? `sha${bits}` : "sha256")
    .update(accessToken)
    .digest();
  return digest.subarray(0, digest.length / 2).toString("base64url");
}

function signWith({ header, claims }: Draft, key: KeyObject | Uint8Array): Promise<string> {
  const sign = new CompactSign(new TextEncoder().encode(JSON.stringify(claims)));
  return sign.setProtectedHeader({ alg: "ES256", ...header }).sign(key);
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** As an honest provider signs: with its key, or for HS* with the client secret. */
export const signProperly: Sign = (draft) => {
  const isSymmetric = String(draft.header["alg"]).startsWith("HS");
  return signWith(draft, isSymmetric ? new TextEncoder().encode(draft.clientSecret) : draft.key.privateKey);
};

/** A header member that says it must be understood, and that nobody knows (RFC 7515 4.1.11). */
export const signWithUnknownCrit: Sign = (draft) => {
  const header = { alg: "ES256", ...draft.header, crit: ["unheard"], unheard: true };
  const sign = new CompactSign(new TextEncoder().encode(JSON.stringify(draft.claims)));
  return sign.setProtectedHeader(header).sign(draft.key.privateKey, { crit: { unheard: true } });
};

/** The right signature with one byte changed. */
export const breakSignature: Sign = async (draft) => {
  const [header, claims, signature = ""] = (await signProperly(draft)).split(".");
  const bytes = Buffer.from(signature, "base64url");
  bytes.writeUInt8(bytes.readUInt8(10) ^ 1, 10);
  return `${header}.${claims}.${bytes.toString("base64url")}`;
};

/** The same ES256 signature in other letters: the last one holds four bits that mean nothing. */
export function changeSpareBits(token: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return token.slice(0, -1) + letters.charAt(letters.indexOf(token.slice(-1)) ^ 1);
}

/** The other ES256 signature that is as good as a right one, as anybody can make it: (r, n - s) for (r, s). */
export function mirrorSignature(token: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const [header, claims, signature = ""] = token.split(".");
  const hex = Buffer.from(signature, "base64url").toString("hex");
  const mirrored = (order - BigInt(`0x${hex.slice(64)}`)).toString(16).padStart(64, "0");
  return `${header}.${claims}.${Buffer.from(hex.slice(0, 64) + mirrored, "hex").toString("base64url")}`;
}

/** The right signature over claims that were changed afterwards. */
export const swapClaims: Sign = async (draft) => {
  const [header, , signature] = (await signProperly(draft)).split(".");
  return `${header}.${encode({ ...draft.claims, sub: "mallory" })}.${signature}`;
};

/** No signature at all. */
export const leaveUnsigned: Sign = async ({ header, claims }) =>
  `${encode({ ...header, alg: "none" })}.${encode(claims)}.`;

/** A symmetric signature with any key. */
export function signSymmetric(alg: string, secret: string): Sign {
  return (draft) => signWith({ ...draft, header: { alg } }, new TextEncoder().encode(secret));
}

/** The classic confusion: the public key, as everybody can read it, used as a symmetric key. */
export const signWithPublicKey: Sign = (draft) => {
  const pem = draft.key.publicKey.export({ type: "spki", format: "pem" });
  return signSymmetric("HS256", String(pem))(draft);
};

/** An attacker's own key. */
export const signWithForeignKey: Sign = (draft) =>
  signWith(draft, signingKey(String(draft.header["alg"]), 99).privateKey);

/** An attacker's own key, and the token brings it along to be verified with. */
export const embedForeignKey: Sign = (draft) => {
  const foreign = signingKey(String(draft.header["alg"]), 99);
  const { kid: _kid, ...jwk } = publicJwk(foreign);
  const { kid: _own, ...header } = draft.header;
  return signWith({ ...draft, header: { ...header, jwk } }, foreign.privateKey);
};

/** The right signature, encrypted with the client secret as OpenID Connect Core 10.2 has it. */
export const signAndEncrypt: Sign = async (draft) => {
  const encrypt = new CompactEncrypt(new TextEncoder().encode(await signProperly(draft)));
  const key = createHash("sha256").update(draft.clientSecret).digest();
  return encrypt.setProtectedHeader({ alg: "dir", enc: "A256GCM", typ: "logout+jwt", cty: "JWT" }).encrypt(key);
};
