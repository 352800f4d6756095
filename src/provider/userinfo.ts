/** @module Userinfo: what the provider knows of the person now. */
import { fetchProtectedResource } from "openid-client";
import { ProviderError, SessionError } from "../errors.js";
import type { Claims } from "../options.js";
import { isObject } from "../settings/checks.js";
import type { ProviderSettings } from "../settings/settings.js";
import { endpointOf } from "./client-auth.js";
import type { DpopKey } from "./dpop-keys.js";
import { explainFailure, explainStatus, nonsense, noUserinfo, oauthAnswerOf } from "./failures.js";
import type { Found } from "./found.js";
import { requireSendable } from "./sendable.js";
import { asymmetricOnly } from "./signature.js";

const STEP = "the userinfo request";

/** The longest `sub`, in characters. */
const LONGEST_SUB = 255;

/** Of whom userinfo is asked. */
export interface Asked {
  readonly accessToken: string;
  /** The key that the token is bound to. */
  readonly dpopKey?: DpopKey | undefined;
  /** Whose token it is, where that is known. */
  readonly sub: string | undefined;
}

/**
 * Asks for userinfo. Its `sub` must be the login's (OpenID Connect Core §5.3.2), where that is known before; in plain OAuth 2.0 it is userinfo
 * that tells. A signed answer is verified with the provider's keys.
 *
 * @throws {SessionError} `OIDC_TOKEN_EXPIRED` when the provider does not accept the access token.
 * @throws {ProviderError} when the provider is away or its answer is not good.
 */
export async function askUserinfo(settings: ProviderSettings, provider: Found, who: Asked): Promise<Claims> {
  const { issuer } = provider.metadata;
  const endpoint = endpointOf(settings, provider.metadata, "userinfo_endpoint");
  if (endpoint === undefined) throw noUserinfo(settings);
  requireSendable(who.accessToken);
  try {
    const { config, dpop } = provider;
    const proving = await dpop.proving(config, who.dpopKey);
    const url = new URL(endpoint);
    const response = await fetchProtectedResource(config, who.accessToken, url, "GET", undefined, undefined, proving);
    requireOk(settings, response);
    const claims = await readClaims(settings, provider, response);
    if (!isObject(claims)) throw nonsense(new Error("userinfo is no object"), STEP, settings.issuerName);
    return { ...claims, iss: issuer, sub: requireSubject(settings, claims, who.sub) };
  } catch (cause) {
    const error = (await oauthAnswerOf(cause))?.error;
    // a challenge that says no more is told as invalid_client, which is nothing that userinfo could mean
    if (error === "invalid_token" || error === "invalid_client") throw notAccepted(cause);
    throw await explainFailure(cause, STEP, settings.issuerName);
  }
}

/** Many providers refuse a token with 401 and no challenge, though RFC 6750 §3 wants one. */
function requireOk({ issuerName }: ProviderSettings, { status }: Response): void {
  if (status === 401) throw notAccepted();
  if (status !== 200) throw explainStatus(status, STEP, issuerName);
}

function notAccepted(cause?: unknown): SessionError {
  return new SessionError(
    "OIDC_TOKEN_EXPIRED",
    "The provider does not accept this access token for userinfo. Log in again.",
    { cause },
  );
}

async function readClaims(settings: ProviderSettings, { metadata, keys }: Found, response: Response): Promise<unknown> {
  const isSigned = response.headers.get("content-type")?.toLowerCase().startsWith("application/jwt") === true;
  if (!isSigned) return response.json();
  const { payload } = await keys.verify(await response.text(), {
    algorithms: asymmetricOnly(settings, metadata.userinfo_signing_alg_values_supported),
    issuer: metadata.issuer,
    audience: settings.clientId,
    clockTolerance: settings.clockTolerance,
  });
  return payload;
}

/** Who the answer speaks of, which must be whom it was asked for, where that is known. */
function requireSubject(
  settings: ProviderSettings,
  claims: Readonly<Record<string, unknown>>,
  known: string | undefined,
): string {
  const sub = subjectOf(claims, settings);
  if (known !== undefined && sub !== known)
    throw nonsense(new Error("userinfo speaks of another person"), STEP, settings.issuerName);
  if (sub === undefined) throw nobody(settings);
  return sub;
}

/** What the answer calls a person. Many providers without OpenID Connect number people. */
function subjectOf(
  claims: Readonly<Record<string, unknown>>,
  { subjectMember, protocol }: ProviderSettings,
): string | undefined {
  const value = claims[subjectMember];
  const sub = protocol === "oauth2" && Number.isSafeInteger(value) ? String(value) : value;
  return typeof sub === "string" && sub !== "" && sub.length <= LONGEST_SUB ? sub : undefined;
}

function nobody({ issuerName, subjectMember }: ProviderSettings): ProviderError {
  return new ProviderError(
    "OIDC_PROVIDER_RESPONSE_INVALID",
    `The userinfo of ${issuerName} does not say who the person is: its member ${subjectMember} is no text of 1 to 255 characters and no whole number. ` +
      'Name the member that does, which must never change: userinfo: { sub: "id" }, for instance.',
  );
}
