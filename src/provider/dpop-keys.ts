/** @module The keys that access tokens are bound to (DPoP, RFC 9449): one for each login, kept with it, and what proves with them. */
import type { JWK } from "jose";
import { calculateJwkThumbprint } from "jose/jwk/thumbprint";
import { exportJWK } from "jose/key/export";
import { importJWK } from "jose/key/import";
import {
  type Configuration,
  type CryptoKey,
  type DPoPHandle,
  getDPoPHandle,
  type ModifyAssertionFunction,
  modifyAssertion,
  randomDPoPKeyPair,
  type ServerMetadata,
} from "openid-client";
import { ProviderError } from "../errors.js";
import type { ProviderSettings } from "../settings/settings.js";
import { BoundedMap } from "../state/bounded-map.js";
import { deriveKey } from "./derived-key.js";
import { nonsense, type Step } from "./failures.js";

/** A private key as a JWK that names its algorithm. Kept in a login's sealed record; never leaves the server. */
export type DpopKey = Readonly<JWK> & { readonly alg: string };

/** What makes proofs, as openid-client takes it among the options of a request. */
export interface Proving {
  readonly DPoP: DPoPHandle;
}

/** The keys of one instance. */
export interface DpopKeys {
  /**
   * A new key, of the first algorithm that the provider takes; undefined where the options bind no tokens.
   *
   * @param seed - what it follows from, where a login has begun with it.
   * @throws {ProviderError} when it takes none.
   */
  create(metadata: Readonly<ServerMetadata>, seed?: string): Promise<DpopKey | undefined>;
  /** What makes the proofs of a key; undefined without one. It knows the nonces of servers, so that most requests are made once (§8). */
  proving(config: Configuration, key: DpopKey | undefined): Promise<Proving | undefined>;
}

/** How many keys are kept ready to prove. One that is used again after more others is made ready again, and knows no nonces yet. */
const MOST_READY = 2000;

/** Creates the keys of one instance. */
export function createDpopKeys(settings: ProviderSettings): DpopKeys {
  const ready = new BoundedMap<Promise<Proving>>(MOST_READY);
  return {
    async create(metadata, seed) {
      const alg = proofAlg(settings, metadata);
      if (alg === undefined) return undefined;
      const derived = seed === undefined ? undefined : deriveKey(seed, alg);
      if (derived !== undefined) return derived;
      const { privateKey } = await randomDPoPKeyPair(alg, { extractable: true });
      return { ...(await exportJWK(privateKey)), alg };
    },
    async proving(config, key) {
      if (key === undefined) return undefined;
      // the public half tells keys apart: EC and Ed25519 keys have x, RSA keys n
      const name = `${key.alg} ${key.x ?? key.n}`;
      const proving = ready.get(name) ?? makeReady(config, key);
      ready.set(name, proving);
      return proving;
    },
  };
}

/**
 * The name of the key that a login's tokens will be bound to, for its authorization request (RFC 9449 §10): a code is good with that key alone.
 * @returns undefined where tokens are not bound, or the key is of a kind that is made when the code has come.
 */
export async function thumbprintOfSeed(
  settings: Pick<ProviderSettings, "dpopAlgs" | "issuerName">,
  metadata: Readonly<ServerMetadata>,
  seed: string | undefined,
): Promise<string | undefined> {
  const alg = proofAlg(settings, metadata);
  const key = alg === undefined || seed === undefined ? undefined : deriveKey(seed, alg);
  return key && calculateJwkThumbprint(key as JWK, "sha256");
}

/** The algorithm of new keys; undefined where tokens are not bound. @throws {ProviderError} when the provider takes none of ours. */
export function proofAlg(
  { dpopAlgs, issuerName }: Pick<ProviderSettings, "dpopAlgs" | "issuerName">,
  { dpop_signing_alg_values_supported: listed }: Readonly<ServerMetadata>,
): string | undefined {
  if (dpopAlgs === undefined || listed === undefined) return dpopAlgs?.[0];
  const alg = dpopAlgs.find((one) => listed.includes(one));
  if (alg !== undefined) return alg;
  throw new ProviderError(
    "OIDC_PROVIDER_RESPONSE_INVALID",
    `The provider ${issuerName} takes no DPoP proof signed with ${dpopAlgs.join(", ")} (dpop_signing_alg_values_supported). Turn one of these on there, or set dpop.alg to one that it takes.`,
  );
}

async function makeReady(config: Configuration, { alg, ...key }: DpopKey): Promise<Proving> {
  const { kty, crv, x, y, n, e } = key;
  const publicJwk = { kty, ...(kty === "RSA" ? { n, e } : { crv, x }), ...(kty === "EC" && { y }) } as JWK;
  const [privateKey, publicKey] = await Promise.all([
    importJWK(key as JWK, alg),
    importJWK(publicJwk, alg, { extractable: true }),
  ]);
  const pair = { privateKey: privateKey as CryptoKey, publicKey: publicKey as CryptoKey };
  // a CryptoKey does not tell EdDSA from its new name
  const nameAlg: ModifyAssertionFunction = (header) => {
    header["alg"] = alg;
  };
  return { DPoP: getDPoPHandle(config, pair, { [modifyAssertion]: nameAlg }) };
}

/**
 * Refuses an access token of another kind than was asked for: one that was to be bound to a key and is not serves whoever steals it
 * (RFC 9449 §5); one that is bound though nobody asked for it could not be used.
 *
 * @param answer - `type` as openid-client writes it, in small letters; the key that the request was made with.
 * @throws {ProviderError} `OIDC_PROVIDER_RESPONSE_INVALID`
 */
export function requireTokenType(
  { issuerName }: Pick<ProviderSettings, "issuerName">,
  step: Step,
  { type, dpopKey }: { readonly type: string; readonly dpopKey: DpopKey | undefined },
): void {
  if (type === (dpopKey === undefined ? "bearer" : "dpop")) return;
  if (dpopKey === undefined) throw nonsense(new Error("a token of another type than Bearer"), step, issuerName);
  throw new ProviderError(
    "OIDC_PROVIDER_RESPONSE_INVALID",
    `The provider ${issuerName} answered ${step} with a token that is not bound to this app's key, though that was asked for (option dpop), so it is not taken: it would serve whoever steals it. Turn DPoP on there, for this app's registration, or leave the option dpop out.`,
  );
}
