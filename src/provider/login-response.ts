/** @module What the provider sent back with the browser, checked before anything in it is believed. */
import type { ServerMetadata } from "openid-client";
import { LoginError, ProviderError, plainText } from "../errors.js";
import { responseInvalid } from "./failures.js";

/** The parameters that must not be repeated (OAuth 2.0 §3.1). */
const SINGLE = ["state", "code", "iss", "error", "error_description", "id_token", "access_token", "response"];

/** Errors that say: the person would have to be asked, and `prompt=none` forbade that (OpenID Connect Core §3.1.2.6). */
const WOULD_HAVE_TO_ASK: ReadonlySet<string> = new Set([
  "login_required",
  "interaction_required",
  "consent_required",
  "account_selection_required",
]);

/** Errors that mean trouble at the provider rather than a decision. */
const TROUBLE: ReadonlySet<string> = new Set(["server_error", "temporarily_unavailable"]);

/** Errors that say: this app is not registered for what it asks (OAuth 2.0 §4.1.2.1, OpenID Connect Core §3.1.2.6, RFC 9396 §5). */
const MISCONFIGURED: ReadonlySet<string> = new Set([
  "invalid_request",
  "unauthorized_client",
  "unsupported_response_type",
  "invalid_scope",
  "invalid_target",
  "invalid_authorization_details",
  "invalid_request_uri",
  "invalid_request_object",
  "request_not_supported",
  "request_uri_not_supported",
  "registration_not_supported",
]);

/**
 * Refuses a login response with parameters that are repeated, or that no provider can have sent, before its state is looked up.
 * @throws {LoginError} `OIDC_LOGIN_RESPONSE_INVALID`
 */
export function requireWellFormed(params: URLSearchParams): void {
  const repeated = SINGLE.find((name) => params.getAll(name).length > 1);
  if (repeated !== undefined) throw responseInvalid(`the parameter ${repeated} is repeated.`);
  // VSCHAR (OAuth 2.0, appendix A)
  const odd = ["state", "code", "iss", "error"].find((name) => !/^[\x20-\x7e]{0,8192}$/.test(params.get(name) ?? ""));
  if (odd !== undefined) throw responseInvalid(`the parameter ${odd} holds what no provider sends.`);
}

/**
 * Makes sure that an answer comes from the provider that was asked, where it can tell: whoever says in its metadata that it does, must (RFC 9207
 * §2.4).
 *
 * @param isShown - whether something else in the answer names the issuer, so that the parameter may be left out. Default `false`.
 * @throws {LoginError} `OIDC_LOGIN_RESPONSE_INVALID`
 */
export function requireIssuer(params: URLSearchParams, metadata: Readonly<ServerMetadata>, isShown = false): void {
  const iss = params.get("iss") ?? "";
  const isMissing = iss === "" && !isShown && metadata.authorization_response_iss_parameter_supported === true;
  if (isMissing || (iss !== "" && iss !== metadata.issuer)) {
    throw responseInvalid("it does not come from the provider that was asked.");
  }
}

/**
 * Makes sure that an answer is no refusal.
 *
 * @throws {LoginError} `OIDC_LOGIN_DENIED` when the provider says no.
 * @throws {ProviderError} when the provider reports its own trouble or refuses this client.
 */
export function requireGranted(params: URLSearchParams, metadata: Readonly<ServerMetadata>): void {
  const error = params.get("error");
  if (error !== null) throw explainDenial(plainText(error), params.get("error_description"), metadata.issuer);
}

/** Whether a login failed only because nobody could be asked. */
export function wouldHaveToAsk(error: unknown): boolean {
  return error instanceof LoginError && error.error !== undefined && WOULD_HAVE_TO_ASK.has(error.error);
}

function explainDenial(error: string, description: string | null, issuer: string): LoginError | ProviderError {
  const answer = { error, errorDescription: description === null ? undefined : plainText(description) };
  if (TROUBLE.has(error)) {
    return new ProviderError(
      "OIDC_PROVIDER_UNAVAILABLE",
      `The provider ${issuer} could not log anybody in just now: ${error}.`,
      answer,
    );
  }
  if (!MISCONFIGURED.has(error)) {
    // a word of the provider's own, or of whoever wrote this address: repeated only if it is a word
    const word = /^[\w.-]{1,64}$/.test(error) ? error : "it gave no proper reason";
    return new LoginError(
      "OIDC_LOGIN_DENIED",
      `The provider did not let this person in: ${word}. Log in again, as somebody else or otherwise.`,
      answer,
    );
  }
  return new ProviderError(
    "OIDC_PROVIDER_REFUSED",
    `The provider ${issuer} refused the login request: ${error}. Check this app's registration there, and the options scope and authorizationParams.`,
    answer,
  );
}
