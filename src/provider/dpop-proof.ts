/** @module DPoP proofs: that a caller has the private key that its access token is bound to (RFC 9449 §4.3). */
import { hash } from "node:crypto";
import type { JWK, JWTPayload, JWTVerifyResult, ProtectedHeaderParameters } from "jose";
import { decodeProtectedHeader } from "jose/decode/protected_header";
import * as errors from "jose/errors";
import { EmbeddedJWK } from "jose/jwk/embedded";
import { calculateJwkThumbprint } from "jose/jwk/thumbprint";
import { jwtVerify } from "jose/jwt/verify";
import { comparableUrl } from "../http/target-url.js";
import { isObject, isText } from "../settings/checks.js";

/** The algorithms of proofs, those that clients have most first: asymmetric ones, for a proof brings its key along. */
export const PROOF_ALGS: readonly string[] = [
  "ES256",
  "ES384",
  "ES512",
  "PS256",
  "PS384",
  "PS512",
  "EdDSA",
  "Ed25519",
  "RS256",
  "RS384",
  "RS512",
];

/** The longest proof, in characters: one with an RSA key of 8192 bits fits in. */
const LONGEST_PROOF = 8192;

/** The longest `jti`, in characters. */
const LONGEST_JTI = 256;

/** Below this RSA keys can be broken (RFC 7518 §3.3), beyond it one signature costs too much. In bytes. */
const MODULUS = { shortest: 256, longest: 1024 };

/** The longest public exponent, in bytes: everybody has 65537, and a huge one makes each signature expensive. */
const LONGEST_EXPONENT = 4;

/** Members of a JWK that only its owner may know (RFC 7518 §6). */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/** What proofs must be, for every call. */
export interface ProofRules {
  readonly algs: readonly string[];
  /** How long a proof is good after it was made. Seconds. */
  readonly maxAge: number;
  /** How far the caller's clock may be ahead. Seconds. */
  readonly clockTolerance: number;
}

/** The call that a proof must have been made for. */
export interface ProvenCall {
  readonly method: string;
  /** Comparable; undefined where the call has no URL that a proof could name. */
  readonly url: string | undefined;
  readonly token: string;
  /** The thumbprint of the key that the token is bound to (RFC 7638). */
  readonly thumbprint: string;
  /** Epoch seconds. */
  readonly now: number;
}

/** What a good proof says of itself. */
export interface DpopProof {
  readonly jti: string;
  /** When it was made, by the caller's clock. Epoch seconds. */
  readonly iat: number;
  readonly nonce: unknown;
}

/** Why a proof is not accepted. The rule is a text of ours, never one of the proof's. */
export class ProofRejected extends Error {
  readonly rule: string;

  constructor(rule: string, cause?: unknown) {
    super(rule, { cause });
    this.rule = rule;
  }
}

/**
 * Verifies a proof by every rule of RFC 9449 §4.3 but two, which need a memory: that it brings the right nonce, and that it is used once.
 *
 * @throws {ProofRejected} when it breaks a rule.
 */
export async function verifyProof(proof: string, rules: ProofRules, call: ProvenCall): Promise<DpopProof> {
  if (proof.length > LONGEST_PROOF) throw new ProofRejected(`it is longer than ${LONGEST_PROOF} characters`);
  const jwk = keyIn(headerOf(proof), rules);
  // before the signature: whoever has another key than the token's can't make us reckon with it
  if ((await thumbprintOf(jwk)) !== call.thumbprint)
    throw new ProofRejected("its key is not the one that the access token is bound to");
  const { payload } = await verified(proof, rules, call.now);
  return provenBy(payload, rules, call);
}

function headerOf(proof: string): ProtectedHeaderParameters {
  try {
    if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(proof)) return decodeProtectedHeader(proof);
  } catch (cause) {
    throw new ProofRejected("it is no signed JWT", cause);
  }
  throw new ProofRejected("it is no signed JWT");
}

function keyIn({ typ, alg, jwk }: ProtectedHeaderParameters, { algs }: ProofRules): JWK {
  if (typ !== "dpop+jwt") throw new ProofRejected("its typ is not dpop+jwt");
  if (typeof alg !== "string" || !algs.includes(alg))
    throw new ProofRejected("its alg is none that this API accepts for proofs");
  if (!isObject(jwk)) throw new ProofRejected("its header has no jwk");
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name)))
    throw new ProofRejected("its jwk shows a private key, which nobody but its owner may have");
  requireUsualRsa(jwk);
  return jwk;
}

function requireUsualRsa({ n, e }: JWK): void {
  if (n === undefined && e === undefined) return;
  const [modulus = 0, exponent = 0] = [n, e].map((part) => Buffer.from(String(part), "base64url").length);
  if (modulus < MODULUS.shortest) throw new ProofRejected("its RSA key has less than 2048 bits");
  if (modulus > MODULUS.longest || exponent > LONGEST_EXPONENT)
    throw new ProofRejected("its RSA key is larger than any in use");
}

async function thumbprintOf(jwk: JWK): Promise<string> {
  try {
    return await calculateJwkThumbprint(jwk, "sha256");
  } catch (cause) {
    throw new ProofRejected("its jwk is no public key", cause);
  }
}

async function verified(proof: string, rules: ProofRules, now: number): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(proof, EmbeddedJWK, {
      algorithms: [...rules.algs],
      clockTolerance: rules.clockTolerance,
      currentDate: new Date(now * 1000),
    });
  } catch (cause) {
    const isOld = cause instanceof errors.JWTExpired || cause instanceof errors.JWTClaimValidationFailed;
    throw new ProofRejected(isOld ? `its ${cause.claim} can't be right` : "its key has not signed it", cause);
  }
}

function provenBy(claims: JWTPayload, rules: ProofRules, call: ProvenCall): DpopProof {
  const { jti, iat = Number.NaN } = claims;
  if (!isText(jti) || jti.length > LONGEST_JTI)
    throw new ProofRejected(`its jti must be a text of at most ${LONGEST_JTI} characters`);
  if (!(iat >= call.now - rules.maxAge && iat <= call.now + rules.clockTolerance))
    throw new ProofRejected(`its iat must lie within the last ${rules.maxAge} seconds; make one for each call`);
  const rule = whyForAnother(claims, call);
  if (rule !== undefined) throw new ProofRejected(rule);
  return { jti, iat, nonce: claims["nonce"] };
}

/** Which other call a proof was made for. */
function whyForAnother({ htm, htu, ath }: JWTPayload, { method, url, token }: ProvenCall): string | undefined {
  if (htm !== method) return "its htm is not the method of this call";
  if (typeof htu !== "string" || url === undefined || comparableUrl(htu) !== url)
    return "its htu is not the URL of this call";
  return ath === hash("sha256", token, "base64url") ? undefined : "its ath is not the hash of this access token";
}
