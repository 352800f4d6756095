/**
 * An API that takes tokens which are bound to a key, and what it says to whoever has no good proof.
 * @module
 */
import type { RequireBearerOptions } from "express-oidc";
import { type Api, startApi } from "./api-world.js";
import { allAlgs, apiUrl, type BoundCaller, createBoundCaller } from "./dpop-caller.js";

/** The options of its guard. */
export const takesProofs = { dpop: true, baseUrl: apiUrl } satisfies RequireBearerOptions;

/** Starts it, with a caller that has a token which is bound to its key. */
export async function startBoundApi(more: RequireBearerOptions = {}): Promise<Api & { readonly caller: BoundCaller }> {
  const api = await startApi({ guard: { ...takesProofs, ...more } });
  return { ...api, caller: await createBoundCaller(api.issuer) };
}

/** What the caller of a broken proof is told. */
export function brokenProof(rule: string): object {
  const said = `This DPoP proof is not accepted: ${rule}.`;
  const challenge = `DPoP error="invalid_dpop_proof", error_description="${said}", algs="${allAlgs}"`;
  return { status: 401, code: "OIDC_BEARER_PROOF_INVALID", challenge };
}
