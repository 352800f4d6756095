/** @module The provider as the rest of the house sees it: what can be asked of it. */
import type { ServerMetadata } from "openid-client";
import type { Claims } from "../options.js";
import type { Settings } from "../settings/settings.js";
import type { TrustedIssuer } from "./access-token.js";
import { authorizationUrl, type Proofs } from "./authorize.js";
import { createDiscovery, type Discovery } from "./discovery.js";
import { type Exchange, exchangeCode } from "./exchange.js";
import type { Introspection } from "./introspection.js";
import { trust } from "./issuers.js";
import { createKeys } from "./keys.js";
import { readLoginResponse } from "./login-response.js";
import { type ProviderLogout, verifyLogoutToken } from "./logout-token.js";
import { refreshTokens } from "./refresh.js";
import { type SignOut, signOutUrl } from "./sign-out.js";
import { introspectToken, type OwnToken, revokeToken } from "./token-status.js";
import type { Tokens } from "./tokens.js";
import { fetchJson } from "./transport.js";
import { askUserinfo } from "./userinfo.js";

/** The OpenID Provider of one instance. */
export interface Provider {
  /** Makes sure that the provider's metadata is known. */
  find(): Promise<void>;
  /** The URL that sends a person to log in. */
  authorizationUrl(request: { readonly proofs: Proofs; readonly params: URLSearchParams }): Promise<string>;
  /** The provider's issuer identifier, as its tokens carry it. */
  issuer(): Promise<string>;
  /** The code of a login response whose state is known. */
  readCode(params: URLSearchParams): Promise<string>;
  /** A code becomes verified tokens. */
  exchange(exchange: Exchange): Promise<Tokens>;
  /** New tokens for a login that goes on. */
  refresh(before: Tokens & { readonly refreshToken: string }): Promise<Tokens>;
  /** What the provider knows of the person now. */
  userinfo(who: { accessToken: string; sub: string }): Promise<Claims>;
  /** The URL that logs a person out there, if there is one. */
  signOutUrl(signOut: SignOut): Promise<string | undefined>;
  /** What a logout token says, verified. */
  readLogoutToken(token: string): Promise<ProviderLogout>;
  /** A token is good no longer. */
  revoke(own: OwnToken): Promise<void>;
  /** Whether a token is good. */
  introspect(own: OwnToken): Promise<Introspection>;
  /** Asks for the keys anew, to see whether the provider answers. */
  reach(): Promise<void>;
  /** The provider as an issuer of access tokens for an API. */
  readonly trusted: TrustedIssuer;
  /** The origins whose pages are the provider's own. */
  origins(): Promise<readonly string[]>;
}

/** Creates the provider of one instance. Nothing is fetched before it is needed. */
export function createProvider(settings: Settings): Provider {
  const discovery = createDiscovery(settings);
  const keys = createKeys(settings, discovery);
  return {
    find: async () => {
      await discovery.find();
    },
    authorizationUrl: async (request) => authorizationUrl(settings, await discovery.find(), request),
    issuer: async () => (await discovery.find()).metadata.issuer,
    readCode: async (params) => readLoginResponse(params, (await discovery.find()).metadata),
    exchange: async (exchange) => exchangeCode(settings, { ...(await discovery.find()), keys }, exchange),
    refresh: async (before) => refreshTokens(settings, { ...(await discovery.find()), keys }, before),
    userinfo: async (who) => askUserinfo(settings, { ...(await discovery.find()), keys }, who),
    signOutUrl: (signOut) => signOutUrl(settings, discovery, signOut),
    readLogoutToken: async (token) => verifyLogoutToken(settings, { ...(await discovery.find()), keys }, token),
    revoke: async (own) => revokeToken(settings, await discovery.find(), own),
    introspect: async (own) => introspectToken(settings, await discovery.find(), own),
    reach: () => reachProvider(settings, discovery),
    trusted: trust(settings, discovery, keys),
    origins: async () => originsOf((await discovery.find()).metadata),
  };
}

/** Any answer of the provider itself will do; its keys are the document that everybody may ask for. */
async function reachProvider(settings: Settings, discovery: Discovery): Promise<void> {
  const { metadata } = await discovery.find();
  if (metadata.jwks_uri !== undefined) await fetchJson(settings, metadata.jwks_uri, "the key request");
}

/** A provider may show its pages elsewhere than its issuer is. */
function originsOf({ issuer, end_session_endpoint: logout, authorization_endpoint: login }: ServerMetadata): string[] {
  const urls = [issuer, logout, login].filter((url) => url !== undefined && URL.canParse(url));
  return [...new Set(urls.map((url) => new URL(url as string).origin))];
}
