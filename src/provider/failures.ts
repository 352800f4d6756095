/** @module The one translator at our border: from the errors of openid-client, jose and fetch to ours. By class and code, never by text. */
import { AuthorizationResponseError, ResponseBodyError, WWWAuthenticateChallengeError } from "openid-client";
import { LoginError, OidcError, ProviderError, plainText } from "../errors.js";
import { isObject } from "../settings/checks.js";
import type { ProviderSettings } from "../settings/settings.js";

/** What we were doing when it failed, as it reads in a sentence. */
export type Step =
  | "discovery"
  | "the key request"
  | "the pushed authorization request"
  | "the token request"
  | "the refresh request"
  | "the userinfo request"
  | "the revocation request"
  | "the introspection request"
  | "the client credentials request"
  | "the password request"
  | "the token exchange"
  | "the request of an extension grant";

/** Steps that nobody's login waits for. */
const OF_PROGRAMS: ReadonlySet<Step> = new Set([
  "the client credentials request",
  "the password request",
  "the token exchange",
  "the request of an extension grant",
]);

/** What to do about the errors of token requests (OAuth 2.0 §5.2, RFC 8707 §2), where it is not to look at the registration. */
const REMEDIES: Readonly<Record<string, string>> = {
  invalid_client:
    "Check clientId, clientAuth and clientSecret, clientKey or certificate against this app's registration.",
  unauthorized_client: "Allow this grant in the app's registration.",
  unsupported_grant_type: "It does not know this grant; look which ones it offers.",
  invalid_scope: "Ask for a scope that it has granted, or that this app may have.",
  invalid_dpop_proof: "Check this machine's clock, and dpop.alg against the algorithms that it takes.",
  invalid_target: "Check resource and audience against the APIs that it knows.",
};

/** OAuth error codes that say "not now" rather than "not you" (OAuth 2.0 §4.1.2.1). */
const NOT_NOW: ReadonlySet<string> = new Set(["temporarily_unavailable", "server_error", "slow_down"]);

/** Codes of Node and undici for a connection that was silent for too long. */
const SILENCE: ReadonlySet<string> = new Set([
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "ETIMEDOUT",
]);

/** What an OAuth error body carries. */
interface OAuthAnswer {
  readonly error: string;
  readonly status: number;
}

/**
 * Tells what a failed request to the provider means.
 *
 * @returns one of our errors; or the error itself where it is a fault of ours, which must not pass for an outage.
 */
export async function explainFailure(cause: unknown, step: Step, issuer: string): Promise<unknown> {
  if (cause instanceof OidcError) return cause;
  // "no key to verify with": its cause says why
  if (cause instanceof Error && cause.cause instanceof OidcError) return cause.cause;
  const answer = await oauthAnswerOf(cause);
  if (answer !== undefined) return refusal(answer, { cause, step, issuer });
  return explainTransport(cause, step, issuer) ?? (isOurMistake(cause) ? cause : nonsense(cause, step, issuer));
}

/** A mistake in our call, which must not pass for the provider's. */
function isOurMistake(cause: unknown): boolean {
  return cause instanceof ReferenceError || (cause instanceof TypeError && codeOf(cause).startsWith("ERR_INVALID_ARG"));
}

/** The provider's OAuth error, also where it stands beside a `WWW-Authenticate` challenge (OAuth 2.0 §5.2). */
export async function oauthAnswerOf(cause: unknown): Promise<OAuthAnswer | undefined> {
  if (cause instanceof ResponseBodyError) return answerFrom(cause.cause, cause.status);
  if (cause instanceof AuthorizationResponseError) return { error: plainText(cause.error), status: 400 };
  if (!(cause instanceof WWWAuthenticateChallengeError)) return undefined;
  // read from a copy, for it may be asked again
  const body: unknown = await cause.response
    .clone()
    .json()
    .catch(() => undefined);
  const challenge = cause.cause.find(({ parameters }) => parameters.error !== undefined)?.parameters;
  return (
    answerFrom(body, cause.status) ??
    answerFrom(challenge, cause.status) ?? { error: "invalid_client", status: cause.status }
  );
}

/** The error's code alone: a description of the token endpoint may quote what it was sent. */
function answerFrom(fields: unknown, status: number): OAuthAnswer | undefined {
  if (!isObject(fields) || typeof fields["error"] !== "string") return undefined;
  return { error: plainText(fields["error"]), status };
}

function refusal(answer: OAuthAnswer, at: { cause: unknown; step: Step; issuer: string }): ProviderError {
  if (NOT_NOW.has(answer.error) || isServerFault(answer.status)) {
    return unavailable(at.cause, at.step, at.issuer);
  }
  const remedy = Object.hasOwn(REMEDIES, answer.error)
    ? REMEDIES[answer.error]
    : "Check this app's registration there.";
  return new ProviderError(
    "OIDC_PROVIDER_REFUSED",
    `The provider ${at.issuer} refused ${at.step}: ${answer.error}. ${remedy}`,
    { cause: at.cause, error: answer.error },
  );
}

function unavailable(cause: unknown, step: Step, issuer: string): ProviderError {
  return new ProviderError(
    "OIDC_PROVIDER_UNAVAILABLE",
    `The provider ${issuer} could not answer ${step} just now. ${untilIt("can", step)}`,
    { cause },
  );
}

function untilIt(verb: "can" | "does", step: Step): string {
  if (OF_PROGRAMS.has(step)) return `There is no token until it ${verb}.`;
  return `Nobody can log in until it ${verb}; who is logged in stays so.`;
}

function explainTransport(cause: unknown, step: Step, issuer: string): ProviderError | undefined {
  if (!(cause instanceof Error)) return undefined;
  if (isSilence(cause)) {
    return new ProviderError(
      "OIDC_PROVIDER_TIMEOUT",
      `The provider ${issuer} did not answer ${step} in time (option http.timeout). ${untilIt("does", step)}`,
      { cause },
    );
  }
  if (isUnderStrain(cause)) return unavailable(cause, step, issuer);
  if (isNonsense(cause)) return nonsense(cause, step, issuer);
  if (!isNetworkFault(cause)) return undefined;
  return new ProviderError(
    "OIDC_PROVIDER_UNREACHABLE",
    `The provider ${issuer} can't be reached for ${step}${reasonOf(cause)}. ${untilIt("can", step)}`,
    { cause },
  );
}

function isUnderStrain(error: Error): boolean {
  const isResponseFault = ["OAUTH_RESPONSE_IS_NOT_CONFORM", "OAUTH_RESPONSE_IS_NOT_JSON"].includes(codeOf(error));
  return isResponseFault && error.cause instanceof Response && isServerFault(error.cause.status);
}

function isNonsense(error: Error): boolean {
  return codeOf(error).startsWith("OAUTH_") || codeOf(error).startsWith("ERR_J") || error instanceof SyntaxError;
}

/** fetch reports a network fault as a bare TypeError; a mistake in the call carries a code. */
function isNetworkFault(error: Error): boolean {
  return error instanceof TypeError && codeOf(error) === "";
}

/** The system's word for a network fault, such as ECONNREFUSED. */
function reasonOf(cause: Error): string {
  for (let error: unknown = cause; error instanceof Error; error = error.cause) {
    if (codeOf(error) !== "") return ` (${plainText(codeOf(error))})`;
  }
  return "";
}

/** Something that is no proper answer. A cause that is a plain error of ours names the broken rule. */
export function nonsense(cause: unknown, step: Step, issuer: string): ProviderError {
  const rule =
    cause instanceof Error && cause.constructor === Error && codeOf(cause) === "" ? ` (${cause.message})` : "";
  return new ProviderError(
    "OIDC_PROVIDER_RESPONSE_INVALID",
    `The provider ${issuer} gave ${step} an answer that breaks the protocol${rule}, so it is not believed. ` +
      "Check the options issuer and idTokenSigningAlg, the clocks, and what stands between here and there.",
    { cause },
  );
}

/** A provider without userinfo, where the options want it. */
export function noUserinfo({ issuerName, protocol }: Pick<ProviderSettings, "issuerName" | "protocol">): ProviderError {
  const remedy =
    protocol === "oauth2"
      ? "In plain OAuth 2.0 nothing else tells who somebody is: give its metadata, with userinfo_endpoint, as the option issuer."
      : "Leave the option userinfo out.";
  return new ProviderError(
    "OIDC_PROVIDER_RESPONSE_INVALID",
    `The provider ${issuerName} has no userinfo endpoint. ${remedy}`,
  );
}

/** An answer that the provider's own trouble explains. */
export function isServerFault(status: number): boolean {
  return status >= 500 || status === 429;
}

/** An unexpected status, told as what it means. */
export function explainStatus(status: number, step: Step, issuer: string): ProviderError {
  const cause = new Error(`HTTP status ${status}`);
  return isServerFault(status) ? unavailable(cause, step, issuer) : nonsense(cause, step, issuer);
}

/** A callback that names another login than the one it belongs to: the browser's fault or an attacker's, not the provider's. */
export function isForeignNonce(cause: unknown): boolean {
  const details = cause instanceof Error && cause.cause instanceof Error ? cause.cause.cause : undefined;
  return typeof details === "object" && details !== null && "claim" in details && details.claim === "nonce";
}

/** The visitor's error for a login answer that can't be accepted. */
export function responseInvalid(reason: string, cause?: unknown): LoginError {
  return new LoginError(
    "OIDC_LOGIN_RESPONSE_INVALID",
    `This login answer is not accepted: ${reason} Start the login again.`,
    { cause },
  );
}

/** The visitor's error for a code that the provider does not accept (OAuth 2.0 §5.2). */
export function codeRefused(cause: unknown): LoginError {
  return new LoginError(
    "OIDC_LOGIN_EXPIRED",
    "The provider does not accept this login's code any more. Start the login again.",
    { cause, error: "invalid_grant" },
  );
}

function isSilence(cause: Error): boolean {
  for (let error: unknown = cause; error instanceof Error; error = error.cause) {
    if (error.name === "TimeoutError" || codeOf(error) === "OAUTH_TIMEOUT" || SILENCE.has(codeOf(error))) return true;
  }
  return false;
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
