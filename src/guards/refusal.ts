/** @module How an API's guard refuses a call: the error, with the challenge that tells the caller what to send. */
import { BearerError, type BearerErrorCode } from "../errors.js";
import type { Scheme } from "../http/bearer.js";
import { type Challenge, challengeHeader } from "../http/challenge.js";
import type { TokenRejected } from "../provider/token-rejected.js";

/** Why a call is refused. */
export interface Refusal {
  readonly code: BearerErrorCode;
  readonly message: string;
  /** The error code of the challenge (RFC 6750 §3.1); none where the caller has shown nothing yet. */
  readonly error?: string;
  /** What else the challenge says, such as `scope` and `max_age`. */
  readonly params?: Readonly<Record<string, string | undefined>>;
  /** Whether the token can be sent with one scheme only, so that no other is offered. */
  readonly isOnly?: boolean;
  /** Headers beside the challenge. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A scheme that a guard offers. */
export interface Offer {
  readonly scheme: Scheme;
  /** The algorithms of proofs, with spaces between (RFC 9449 §7.1). */
  readonly algs?: string;
}

/** What a guard says of itself in every challenge. */
export interface Terms {
  readonly realm: string | undefined;
  /** Where the API tells whom to ask for a token (RFC 9728 §5.1). */
  readonly metadataUrl: string | undefined;
  readonly offers: readonly Offer[];
}

/** Where tokens that are bound to nothing are all that is taken. */
export const BEARER_ONLY: readonly Offer[] = [{ scheme: "Bearer" }];

/** What is offered where proofs are taken. Bearer stands first: some clients read no further than the first scheme. */
export function offersWith(algs: readonly string[], isRequired: boolean): readonly Offer[] {
  const offer: Offer = { scheme: "DPoP", algs: algs.join(" ") };
  return isRequired ? [offer] : [...BEARER_ONLY, offer];
}

/** No token was sent, which is no error yet: the challenge has none (RFC 6750 §3.1). */
export function missing(scope: string, { offers }: Terms): Refusal {
  const schemes = offers.map(({ scheme }) => scheme).join(" or ");
  return {
    code: "OIDC_BEARER_MISSING",
    message: `This needs an access token. Send it in the header Authorization: ${schemes}.`,
    params: { scope: scope === "" ? undefined : scope },
  };
}

/** What was sent can't be one access token. */
export function malformed(rule: string): Refusal {
  return { code: "OIDC_BEARER_MALFORMED", message: `This request can't be read: ${rule}.`, error: "invalid_request" };
}

/** A token that is not good enough. */
export function invalid(cause: TokenRejected): Refusal {
  const message = `This access token is not accepted: ${cause.rule}.`;
  return { code: "OIDC_BEARER_INVALID", message, error: "invalid_token", cause };
}

/** A proof that is not good enough (RFC 9449 §7.1). */
export function invalidProof(cause: Error & { readonly rule: string }): Refusal {
  const message = `This DPoP proof is not accepted: ${cause.rule}.`;
  return { code: "OIDC_BEARER_PROOF_INVALID", message, error: "invalid_dpop_proof", isOnly: true, cause };
}

/** A proof that is good, but for the nonce (RFC 9449 §9). */
export function nonceNeeded(nonce = ""): Refusal {
  return {
    code: "OIDC_BEARER_NONCE_NEEDED",
    message: "This API wants its nonce in each DPoP proof. Make another one with that of the header DPoP-Nonce.",
    error: "use_dpop_nonce",
    isOnly: true,
    headers: { "DPoP-Nonce": nonce },
  };
}

/** The error of a refused call. @param scheme - with which one the token came, or should have come. */
export function bearerError(terms: Terms, refusal: Refusal, scheme: Scheme = "Bearer"): BearerError {
  const { code, message, error, cause } = refusal;
  const challenge = isFinal(refusal) ? {} : { "WWW-Authenticate": challengeHeader(challenges(terms, refusal, scheme)) };
  return new BearerError(code, message, { error, cause, headers: { ...challenge, ...refusal.headers } });
}

function challenges({ realm, offers, metadataUrl }: Terms, refusal: Refusal, scheme: Scheme): Challenge[] {
  const { error, message, params, isOnly = false } = refusal;
  const known = ({ scheme: offered, algs }: Offer, said: Challenge["params"] = {}) => ({
    scheme: offered,
    params: { realm, ...said, algs, resource_metadata: metadataUrl },
  });
  if (error === undefined) return offers.map((offer) => known(offer, params));
  // an error belongs to one scheme; one that is not offered is none that the caller should try again
  const [meant, ...others] = offers.toSorted((a, b) => Number(b.scheme === scheme) - Number(a.scheme === scheme));
  const said = { error, error_description: message, ...params };
  return [...(meant === undefined ? [] : [known(meant, said)]), ...(isOnly ? [] : others.map((offer) => known(offer)))];
}

/** Whether no other token helps. */
function isFinal({ code }: Refusal): boolean {
  return code === "OIDC_BEARER_CLAIMS_REJECTED" || code === "OIDC_BEARER_NOT_MOUNTED";
}

/** The issuer is that of an `auth()`, and there is none. */
export const NO_ISSUER: Refusal = {
  code: "OIDC_BEARER_NOT_MOUNTED",
  message:
    "This guard names no issuer, and the request has not passed auth(), whose provider would be meant. Give it the option issuer, or put app.use(auth()) before it.",
};
