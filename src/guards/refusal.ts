/** @module How an API's guard refuses a call: the error, with the challenge that tells the caller what to send. */
import { BearerError, type BearerErrorCode } from "../errors.js";
import type { Scheme } from "../http/bearer.js";
import { challengeHeader } from "../http/challenge.js";
import type { TokenRejected } from "../provider/token-rejected.js";

/** Why a call is refused. */
export interface Refusal {
  readonly code: BearerErrorCode;
  readonly message: string;
  /** The error code of the challenge (RFC 6750 §3.1); none where the caller has shown nothing yet. */
  readonly error?: string;
  /** What else the challenge says, such as `scope` and `max_age`. */
  readonly params?: Readonly<Record<string, string | undefined>>;
  readonly cause?: unknown;
}

/** What a guard says of itself in every challenge. */
export interface Terms {
  readonly realm: string | undefined;
  /** Where the API tells whom to ask for a token (RFC 9728 §5.1). */
  readonly metadataUrl: string | undefined;
}

/** No token was sent, which is no error yet: the challenge has none (RFC 6750 §3.1). */
export function missing(scope: string): Refusal {
  return {
    code: "OIDC_BEARER_MISSING",
    message: "This needs an access token. Send it in the header Authorization: Bearer.",
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

/** The error of a refused call. */
export function bearerError(terms: Terms, refusal: Refusal, scheme: Scheme = "Bearer"): BearerError {
  const { code, message, error, cause } = refusal;
  const headers = isFinal(refusal) ? {} : { "WWW-Authenticate": challenge(terms, refusal, scheme) };
  return new BearerError(code, message, { error, cause, headers });
}

function challenge({ realm, metadataUrl }: Terms, { error, message, params }: Refusal, scheme: Scheme): string {
  const description = error === undefined ? undefined : message;
  const said = { realm, error, error_description: description, ...params, resource_metadata: metadataUrl };
  return challengeHeader([{ scheme, params: said }]);
}

/** Whether no other token helps. */
function isFinal({ code }: Refusal): boolean {
  return code === "OIDC_BEARER_CLAIMS_REJECTED";
}

/** The issuer is that of an `auth()`, and there is none. */
export const NO_ISSUER: Refusal = {
  code: "OIDC_BEARER_NOT_MOUNTED",
  message:
    "This guard names no issuer, and the request has not passed auth(), whose provider would be meant. Give it the option issuer, or put app.use(auth()) before it.",
};
