/** @module The other side of a step-up: an API wants a stronger login, and this app has the person to ask. */
import { isQuotable, readChallenges } from "../http/challenge.js";

/**
 * What an API asks for that wants a stronger or fresher authentication (RFC 9470 §3), as authorization parameters for
 * `req.oidc.login()`. Undefined when its answer asks for something else.
 *
 * @example
 * const response = await fetch(api, { headers: { authorization: `Bearer ${await req.oidc.getAccessToken()}` } });
 * const authorizationParams = stepUpParams(response);
 * if (authorizationParams) return req.oidc.login({ authorizationParams });
 */
export function stepUpParams({
  status,
  headers,
}: Pick<Response, "status" | "headers">): Record<string, string> | undefined {
  if (status !== 401) return undefined;
  const challenge = readChallenges(headers.get("www-authenticate") ?? "").find(
    ({ params }) => params.get("error") === "insufficient_user_authentication",
  );
  if (challenge === undefined) return undefined;
  const acrValues = challenge.params.get("acr_values") ?? "";
  const maxAge = challenge.params.get("max_age") ?? "";
  return {
    ...(acrValues !== "" && isQuotable(acrValues) && { acr_values: acrValues }),
    ...(/^\d{1,9}$/.test(maxAge) && { max_age: maxAge }),
  };
}
