/** @module The algorithms that tokens may be signed with. */
import type { IdTokenSigningAlg } from "../options.js";

/** Those whose keys can be published. `none` is none. */
export const ASYMMETRIC_ALGS: readonly Exclude<IdTokenSigningAlg, `HS${string}`>[] = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** Whether something is the name of one of these. */
export function isAsymmetric(alg: unknown): boolean {
  return ASYMMETRIC_ALGS.some((one) => one === alg);
}

/** Those of ID tokens: also with the client secret as key. */
export const ID_TOKEN_ALGS: readonly IdTokenSigningAlg[] = [...ASYMMETRIC_ALGS, "HS256", "HS384", "HS512"];
