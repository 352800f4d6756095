/** @module The provider's public keys: fetched once for all who wait, kept while the provider is away. */
import type { JSONWebKeySet, JWTVerifyGetKey } from "jose";
import { createLocalJWKSet } from "jose/jwks/local";
import type { ProviderSettings } from "../settings/settings.js";
import { SingleFlight } from "../state/single-flight.js";
import { trace } from "../trace.js";
import type { Discovery } from "./discovery.js";
import { createFailureMemory } from "./failure-memory.js";
import { nonsense } from "./failures.js";
import { fetchJson } from "./transport.js";

/** Keys older than this are fetched again before they are used. Seconds. */
const FRESH_FOR = 600;

/** After a failed fetch the old keys are used for this long without another try. Seconds. */
const PAUSE = 30;

/** What one fetch has brought. */
export interface KeySet {
  readonly keySet: JWTVerifyGetKey;
  /** Which fetch it was. */
  readonly turn: number;
}

/** Where keys come from. */
export interface KeySource {
  /** The number of the newest fetch that has begun. */
  readonly turn: () => number;
  /**
   * What is known; fetched where nothing is, or where it is old. What has failed is tried again after five seconds for a token that anybody can have sent.
   * @throws {ProviderError} (its promise)
   */
  readonly current: (from?: "provider" | "anybody") => Promise<KeySet>;
  /**
   * What a fetch has brought that began after the one of this number. Where there is none, what is under way, or else a new one.
   *
   * @param allow - is called before a new one, and may throw.
   * @throws {ProviderError} (its promise)
   */
  readonly since: (turn: number, allow?: () => void) => Promise<KeySet>;
  /** How often the keys have changed. Has keys that are old fetched again, behind the request. */
  readonly edition: () => number;
}

/** Creates the source of one provider's keys. */
export function createKeySource(settings: ProviderSettings, discovery: Discovery): KeySource {
  const flight = new SingleFlight<KeySet>();
  const absence = createFailureMemory(settings.now);
  let known: KeySet | undefined;
  let knownText = "";
  let begun = 0;
  let edition = 0;
  let nextFetchAt = 0;

  async function fetchKeys(): Promise<KeySet> {
    begun += 1;
    const turn = begun;
    const { metadata } = await discovery.find();
    if (metadata.jwks_uri === undefined)
      throw nonsense(new Error("the metadata has no jwks_uri"), "discovery", metadata.issuer);
    const document = await fetchJson(settings, metadata.jwks_uri, "the key request");
    known = { keySet: keySetOf(document, metadata.issuer), turn };
    const text = JSON.stringify(document);
    if (text !== knownText) edition += 1;
    knownText = text;
    nextFetchAt = settings.now() + FRESH_FOR;
    trace("keys: fetched from %s", metadata.jwks_uri);
    return known;
  }

  async function current(from: "provider" | "anybody" = "provider"): Promise<KeySet> {
    if (known !== undefined && settings.now() < nextFetchAt) return known;
    const stale = known;
    const fetched = () => flight.run("", fetchKeys);
    try {
      return await (stale === undefined && from === "anybody" ? absence.run(fetched) : fetched());
    } catch (error) {
      if (stale === undefined) throw error;
      nextFetchAt = settings.now() + PAUSE;
      trace("keys: the provider is away, the old keys stay");
      return stale;
    }
  }

  return {
    turn: () => begun,
    current,
    async since(turn, allow) {
      if (known !== undefined && known.turn > turn) return known;
      if (!flight.isUnderWay("")) allow?.();
      return flight.run("", fetchKeys);
    },
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
