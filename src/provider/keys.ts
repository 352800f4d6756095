/** @module The provider's public keys: fetched once for all who wait, kept while the provider is away. */
import { errors, type JSONWebKeySet, type JWTVerifyGetKey, type JWTVerifyResult } from "jose";
import { createLocalJWKSet } from "jose/jwks/local";
import { type JWTVerifyOptions, jwtVerify } from "jose/jwt/verify";
import { OidcError, ProviderError } from "../errors.js";
import type { ProviderSettings } from "../settings/settings.js";
import { SingleFlight } from "../state/single-flight.js";
import { trace } from "../trace.js";
import type { Discovery } from "./discovery.js";
import { nonsense } from "./failures.js";
import { fetchJson } from "./transport.js";

/** Keys older than this are fetched again before they are used. Seconds. */
const FRESH_FOR = 600;

/** After a failed fetch the old keys are used for this long without another try; strangers may cause one fetch in as long. Seconds. */
const PAUSE = 30;

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
   * the provider's own token endpoint may always cause it; of those that anybody can send, one in half a minute. The others can't be
   * judged until then: their key may be a new one.
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

/** Creates the key set of one provider. */
export function createKeys(settings: ProviderSettings, discovery: Discovery): Keys {
  const flight = new SingleFlight<JWTVerifyGetKey>();
  let known: JWTVerifyGetKey | undefined;
  let knownText = "";
  let edition = 0;
  let nextFetchAt = 0;
  const mayFetchFor = createGate(settings);

  async function fetchKeys(): Promise<JWTVerifyGetKey> {
    const { metadata } = await discovery.find();
    if (metadata.jwks_uri === undefined)
      throw nonsense(new Error("the metadata has no jwks_uri"), "discovery", metadata.issuer);
    const document = await fetchJson(settings, metadata.jwks_uri, "the key request");
    known = keySetOf(document, metadata.issuer);
    const text = JSON.stringify(document);
    if (text !== knownText) edition += 1;
    knownText = text;
    nextFetchAt = settings.now() + FRESH_FOR;
    trace("keys: fetched from %s", metadata.jwks_uri);
    return known;
  }

  async function current(): Promise<JWTVerifyGetKey> {
    if (known !== undefined && settings.now() < nextFetchAt) return known;
    const stale = known;
    try {
      return await flight.run("", fetchKeys);
    } catch (error) {
      if (stale === undefined) throw error;
      nextFetchAt = settings.now() + PAUSE;
      trace("keys: the provider is away, the old keys stay");
      return stale;
    }
  }

  async function verifyFresh(
    token: string,
    options: JWTVerifyOptions,
    from: "provider" | "anybody",
  ): Promise<JWTVerifyResult> {
    const keys = await current();
    try {
      return await verifyWith(keys, token, options);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (!mayFetchFor(from)) throw new KeyPending(notYet(settings.issuerName));
      return verifyWith(await flight.run("", fetchKeys), token, options);
    }
  }

  return {
    verify: (token, options, from = "provider") =>
      verifyFresh(token, options, from).catch((error: unknown) => judge(error, settings.issuerName)),
    edition() {
      if (known !== undefined && settings.now() >= nextFetchAt) {
        current().catch(() => trace("keys: could not be fetched again"));
      }
      return edition;
    },
  };
}

function keySetOf(document: unknown, issuer: string): JWTVerifyGetKey {
  try {
    return createLocalJWKSet(document as JSONWebKeySet);
  } catch (cause) {
    throw nonsense(cause, "the key request", issuer);
  }
}

/** Strangers' tokens cause one fetch in a while, the provider's own as many as they like. */
function createGate({ now }: ProviderSettings): (from: "provider" | "anybody") => boolean {
  let opensAt = 0;
  return (from) => {
    if (from === "provider") return true;
    if (now() < opensAt) return false;
    opensAt = now() + PAUSE;
    return true;
  };
}

/** Why a token can't be judged whose key is not known, while the keys may not be fetched for it. */
function notYet(issuer: string): ProviderError {
  return new ProviderError(
    "OIDC_PROVIDER_UNAVAILABLE",
    `The key of this token is not known yet, and the provider ${issuer} was asked for its keys a moment ago. ` +
      `It may be asked again in at most ${PAUSE} seconds. Send the token again then.`,
  );
}

/** Tells a token that is not good from keys that are not there. */
function judge(error: unknown, issuer: string): never {
  if (error instanceof KeysMissing) throw error;
  if (error instanceof OidcError) throw new KeysMissing(error);
  if (error instanceof errors.JWKSNoMatchingKey) {
    throw new KeyUnknown(nonsense(new Error("none of its published keys fits the token"), "the key request", issuer));
  }
  if (error instanceof errors.JOSEError) throw error;
  // a key of the document that is none: the runtime says so in errors of its own
  throw new KeysMissing(nonsense(error, "the key request", issuer));
}

/** Several keys fit a token that names none: each is tried (OpenID Connect Core §10.1 lets such providers exist only with one key). */
async function verifyWith(keys: JWTVerifyGetKey, token: string, options: JWTVerifyOptions): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, keys, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      const result = await jwtVerify(token, key, options).catch(onlyOtherSignatures);
      if (result !== undefined) return result;
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function onlyOtherSignatures(error: unknown): undefined {
  if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
}
