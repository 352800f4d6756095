/** @module Tokens that anybody can have sent: verified, or refused in the words of whoever takes them. */
import type { JWTPayload, JWTVerifyResult } from "jose";
import { KeysMissing, KeyUnknown } from "./keys.js";

/** How a token is verified, and what is said of one that is not good. */
export interface Presented {
  readonly verify: () => Promise<JWTVerifyResult>;
  /** The error for a token that is not good, told why: "no key of the provider fits it". */
  readonly refused: (rule: string, cause: unknown) => Error;
  /** What is verified beside the signature, as it reads in a list. */
  readonly rules: string;
}

/**
 * Verifies a token of which nothing is known but that somebody has sent it.
 *
 * @returns its claims.
 * @throws {ProviderError} when the provider's keys can't be had, or not yet, which says nothing against the token; the error of `refused` else.
 */
export async function verifyStrangersToken({ verify, refused, rules }: Presented): Promise<JWTPayload> {
  try {
    return (await verify()).payload;
  } catch (cause) {
    if (cause instanceof KeyUnknown) throw refused("no key of the provider fits it", cause);
    if (cause instanceof KeysMissing) throw cause.cause;
    throw refused(`its signature, ${rules} is not good`, cause);
  }
}
