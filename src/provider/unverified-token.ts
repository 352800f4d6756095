/** @module What a JWT says of itself before it is verified: whose it would be, and whether it is worth asking anybody for a key. */
import { isObject } from "../settings/checks.js";
import { TokenRejected } from "./token-rejected.js";

/** Why a token is refused that no accepted key has signed. */
export const NOT_SIGNED = "it is no JWT that a key of its issuer has signed";

/** A token of which nothing is known to be true. */
export interface UnverifiedToken {
  readonly token: string;
  /** Its claim `iss`, whatever that is. */
  readonly iss: unknown;
}

/**
 * Reads a token of which nothing is verified yet.
 *
 * @throws {TokenRejected} when it is no JWT, or not of one of these algorithms: then nobody need be asked.
 */
export function readUnverified(token: string, algs: readonly string[]): UnverifiedToken {
  const [header = "", claims = "", signature, more] = token.split(".", 4);
  if (signature === undefined || more !== undefined || NOT_OF_JWS.test(token) || !isSpelledOnce(signature))
    throw new TokenRejected("it is no JWT");
  const { alg } = membersOf(header);
  const { iss } = membersOf(claims);
  if (typeof alg !== "string" || !algs.includes(alg)) throw new TokenRejected(NOT_SIGNED);
  return { token, iss };
}

/** What is none of the letters of a compact JWS (RFC 7515 §3.1), to be searched for: a pattern of the whole would take longer. */
const NOT_OF_JWS = /[^\w.-]/;

/**
 * Whether a signature has the one spelling that its signer has given it. It does not cover its own letters: spare bits in the last one would give one
 * token several texts, and a list of revoked ones would miss all but one.
 */
function isSpelledOnce(signature: string): boolean {
  const end = signature.slice(signature.length - (signature.length % 4));
  return Buffer.from(end, "base64url").toString("base64url") === end;
}

function membersOf(part: string): Readonly<Record<string, unknown>> {
  try {
    const members: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    if (isObject(members)) return members;
  } catch (cause) {
    throw new TokenRejected("it is no JWT", cause);
  }
  throw new TokenRejected("it is no JWT");
}
