/** @module Verifies with the provider's public keys, and decides for whose tokens they are fetched anew. */
import type { JWTVerifyResult } from "jose";
import * as errors from "jose/errors";
import { type JWTVerifyOptions, jwtVerify } from "jose/jwt/verify";
import { OidcError, ProviderError } from "../errors.js";
import type { ProviderSettings } from "../settings/settings.js";
import type { Discovery } from "./discovery.js";
import { COOL_DOWN } from "./failure-memory.js";
import { nonsense } from "./failures.js";
import { createKeySource, type KeySet } from "./key-source.js";

/** There is no key to judge a token by: that says nothing against the token. Its cause says why. */
export class KeysMissing extends Error {
  constructor(cause: unknown) {
    super("no key to verify with", { cause });
  }
}

/** The keys have been fetched since the token came, and none of them fits it. */
export class KeyUnknown extends KeysMissing {}

/** None of the keys that are known fits the token, and they may not be fetched for it yet. */
export class KeyPending extends KeysMissing {}

/** Verifies signatures with the provider's keys. */
export interface Keys {
  /**
   * Verifies a JWT of the provider. An unknown key id causes one fetch, in one flight for all who bring one. A token that comes from
   * the provider's own token endpoint may always cause it. Of those that anybody can send, one that no fetch has helped closes the way for
   * five seconds: the others can't be judged until then, for their key may be a new one.
   *
   * @throws {KeysMissing} when there is no key to judge it by; jose's errors when the token is not good.
   */
  verify(token: string, options: JWTVerifyOptions, from?: "provider" | "anybody"): Promise<JWTVerifyResult>;
  /**
   * How often the keys have changed since they were first known. Whoever keeps what was verified asks this before using it: keys that are
   * old are fetched again on the way, behind the request.
   */
  readonly edition: () => number;
}

interface Presented {
  readonly token: string;
  readonly options: JWTVerifyOptions;
  readonly from: "provider" | "anybody";
}

/** Creates the key set of one provider. */
export function createKeys(settings: ProviderSettings, discovery: Discovery): Keys {
  const source = createKeySource(settings, discovery);
  const gate = createGate(settings);

  /** With the keys that were fetched since it came. */
  async function verifyStrangers({ token, options }: Presented, arrival: number): Promise<JWTVerifyResult> {
    const newer = await source.since(arrival, gate.pass).catch((error: unknown) => {
      if (!(error instanceof KeysMissing)) gate.close(error);
      throw error;
    });
    try {
      const result = await verifyWith(newer, token, options);
      gate.open();
      return result;
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) {
        gate.open();
        throw error;
      }
      gate.close();
      // a fetch that had begun before may have missed it
      throw newer.turn > arrival ? error : new KeyPending(notYet(settings.issuerName));
    }
  }

  async function verify(presented: Presented): Promise<JWTVerifyResult> {
    const { token, options, from } = presented;
    const arrival = source.turn();
    const keys = await source.current(from);
    try {
      return await verifyWith(keys, token, options);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (from === "anybody") return verifyStrangers(presented, arrival);
      return verifyWith(await source.since(arrival), token, options);
    }
  }

  return {
    verify: (token, options, from = "provider") =>
      verify({ token, options, from }).catch((error: unknown) => judge(error, settings.issuerName, from)),
    edition: source.edition,
  };
}

/**
 * Lets strangers' tokens cause one fetch in a while. It can't tell a new key from a made-up one before it has fetched, so that it opens again
 * at once where the fetch has brought the key, and else when the cool-down is over, however many made-up ones come in between.
 */
function createGate({ now, issuerName }: ProviderSettings) {
  let opensAt = 0;
  let failure: unknown;

  function close(because?: unknown): void {
    opensAt = now() + COOL_DOWN;
    failure = because;
  }

  return {
    close,
    open: () => {
      opensAt = 0;
    },
    /** @throws {KeysMissing} while it is closed: for a fetch that failed, or one that did not help. */
    pass: () => {
      if (now() >= opensAt) close();
      else throw failure === undefined ? new KeyPending(notYet(issuerName)) : new KeysMissing(failure);
    },
  };
}

/** Why a token can't be judged whose key is not known, while the keys may not be fetched for it. */
function notYet(issuer: string): ProviderError {
  return new ProviderError(
    "OIDC_PROVIDER_UNAVAILABLE",
    `The key of this token is not known yet, and the provider ${issuer} was asked for its keys a moment ago. ` +
      `It may be asked again in at most ${COOL_DOWN} seconds. Send the token again then.`,
  );
}

/** Tells a token that is not good from keys that are not there. */
function judge(error: unknown, issuer: string, from: Presented["from"]): never {
  if (error instanceof KeysMissing) throw error;
  if (error instanceof OidcError) throw new KeysMissing(error);
  if (error instanceof errors.JWKSNoMatchingKey) {
    throw new KeyUnknown(nonsense(new Error("none of its published keys fits the token"), "the key request", issuer));
  }
  if (error instanceof errors.JOSEError) throw error;
  // a key of the document that is none: the runtime says so in errors of its own
  const cause = nonsense(error, "the key request", issuer);
  // whoever writes a token chooses which of the keys it names, so that this is no trouble of the provider's
  throw from === "anybody" ? new KeyUnknown(cause) : new KeysMissing(cause);
}

/** Several keys fit a token that names none: each is tried (OpenID Connect Core §10.1 lets such providers exist only with one key). */
async function verifyWith({ keySet }: KeySet, token: string, options: JWTVerifyOptions): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, keySet, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    return verifyWithAny(error, token, options);
  }
}

async function verifyWithAny(
  keys: errors.JWKSMultipleMatchingKeys,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  let failure: unknown = new errors.JWSSignatureVerificationFailed();
  for await (const key of keys) {
    try {
      return await jwtVerify(token, key, options);
    } catch (error) {
      // a key that can't be used may be the one that has signed it: where no other has, nothing is said against the token
      if (!(error instanceof errors.JOSEError)) failure = error;
      else if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw failure;
}
