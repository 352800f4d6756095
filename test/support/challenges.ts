/**
 * What an API's guard answers to calls that it refuses, in full.
 * @module
 */

/** A refusal: status, code and challenge. */
export interface Refused {
  readonly status: number;
  readonly code: string;
  readonly challenge: string | null;
}

/** To a token that is not good. */
export function invalidToken(rule: string): Refused {
  const said = `This access token is not accepted: ${rule}.`;
  const challenge = `Bearer error="invalid_token", error_description="${said}"`;
  return { status: 401, code: "OIDC_BEARER_INVALID", challenge };
}

/** To a request that can't bring one token. */
export function invalidRequest(rule: string): Refused {
  const said = `This request can't be read: ${rule}.`;
  const challenge = `Bearer error="invalid_request", error_description="${said}"`;
  return { status: 400, code: "OIDC_BEARER_MALFORMED", challenge };
}

/** To a token whose scope is not enough. */
export function insufficientScope(needed: string, scope = needed): Refused {
  const said = `This access token was not granted the scope that is needed here: ${needed}.`;
  const challenge = `Bearer error="insufficient_scope", error_description="${said}", scope="${scope}"`;
  return { status: 403, code: "OIDC_BEARER_SCOPE_MISSING", challenge };
}

/** To a call that shows nothing. */
export const nothingShown: Refused = { status: 401, code: "OIDC_BEARER_MISSING", challenge: "Bearer" };

/** To a token that is good, and not for this route. */
export const claimsRejected: Refused = { status: 403, code: "OIDC_BEARER_CLAIMS_REJECTED", challenge: null };
