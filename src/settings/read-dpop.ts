/** @module Reads whether access tokens are bound to keys of this app (DPoP, RFC 9449). */
import type { AuthOptions, ClientKeyAlg } from "../options.js";
import { ASYMMETRIC_ALGS } from "./algs.js";
import { group } from "./checks.js";
import type { Problems } from "./problems.js";

/** The algorithms of our proofs, the preferred one first: small keys before large ones, for each login keeps one. */
const PREFERRED: readonly ClientKeyAlg[] = [
  "ES256",
  "Ed25519",
  "EdDSA",
  "ES384",
  "ES512",
  "PS256",
  "RS256",
  "PS384",
  "RS384",
  "PS512",
  "RS512",
];

/** Whether tokens are to be bound to a key by DPoP. */
export function asksForDpop({ dpop }: AuthOptions): boolean {
  return dpop !== undefined && dpop !== false;
}

/** The algorithms that keys may be made for, the preferred one first; undefined where tokens are not bound. */
export function readDpop(problems: Problems, { dpop = false }: AuthOptions): readonly ClientKeyAlg[] | undefined {
  if (dpop === false) return undefined;
  if (dpop === true) return PREFERRED;
  const { alg }: { readonly alg?: ClientKeyAlg } = group(problems, { path: "dpop", value: dpop, known: ["alg"] });
  if (alg === undefined) return PREFERRED;
  if (!ASYMMETRIC_ALGS.includes(alg)) problems.add("dpop.alg", `must be one of ${ASYMMETRIC_ALGS.join(", ")}`);
  return [alg];
}
