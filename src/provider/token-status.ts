/** @module What becomes of a token that is out: revocation (RFC 7009) and introspection (RFC 7662). */
import { tokenIntrospection, tokenRevocation } from "openid-client";
import { OptionsError, ProviderError } from "../errors.js";
import type { ProviderSettings } from "../settings/settings.js";
import type { Discovered } from "./discovery.js";
import { explainFailure, type Step } from "./failures.js";
import type { Introspection } from "./introspection.js";
import type { Tokens } from "./tokens.js";

/** A token, and which of the two it is. */
export interface OwnToken {
  readonly token: string;
  readonly kind: "access_token" | "refresh_token";
}

const KINDS: readonly OwnToken["kind"][] = ["access_token", "refresh_token"];

/** A token of which may not be known which of the two it is; then the provider has to look (RFC 7009 §2.1). */
export interface AnyToken {
  readonly token: string;
  readonly kind?: OwnToken["kind"] | undefined;
}

/** The token whose end ends the grant: where there is a refresh token, that one (RFC 7009 §2.1). Undefined for an ID token alone. */
export function grantOf({ accessToken, refreshToken }: Tokens): OwnToken | undefined {
  if (refreshToken !== undefined) return { token: refreshToken, kind: "refresh_token" };
  return accessToken === undefined ? undefined : { token: accessToken, kind: "access_token" };
}

/** Revokes a token. One that is not good any more counts as revoked (RFC 7009 §2.2). @throws {ProviderError} */
export async function revokeToken(settings: ProviderSettings, provider: Discovered, own: AnyToken): Promise<void> {
  requireEndpoint(settings, provider.metadata.revocation_endpoint, "revocation_endpoint");
  await explained(settings, "the revocation request", () => tokenRevocation(provider.config, own.token, hintOf(own)));
}

/** Asks whether a token is good. @throws {ProviderError} */
export async function introspectToken(
  settings: ProviderSettings,
  provider: Discovered,
  own: AnyToken,
): Promise<Introspection> {
  requireEndpoint(settings, provider.metadata.introspection_endpoint, "introspection_endpoint");
  const answer = await explained(settings, "the introspection request", () =>
    tokenIntrospection(provider.config, own.token, hintOf(own)),
  );
  return { ...answer };
}

/** A kind that is none of the two must not pass for one: the wrong token would be asked about, or ended. */
function hintOf({ kind }: AnyToken): Record<string, string> {
  if (kind !== undefined && !KINDS.includes(kind))
    throw new OptionsError([`kind: must be ${KINDS.join(" or ")}, or be left out`]);
  return kind === undefined ? {} : { token_type_hint: kind };
}

/** @throws {ProviderError} where the provider has no such endpoint. */
export function requireEndpoint(settings: ProviderSettings, endpoint: string | undefined, name: string): void {
  if (endpoint !== undefined) return;
  throw new ProviderError(
    "OIDC_PROVIDER_RESPONSE_INVALID",
    `The provider ${settings.issuerName} names no ${name}, so it can't be asked. Leave that call out, or give the endpoint in the metadata of the option issuer.`,
  );
}

async function explained<Answer>(settings: ProviderSettings, step: Step, call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (cause) {
    throw await explainFailure(cause, step, settings.issuerName);
  }
}
