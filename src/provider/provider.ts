/** @module The provider as the rest of the house sees it: what can be asked of it. */
import type { ServerMetadata } from "openid-client";
import { parsedUrl } from "../http/parsed-url.js";
import type { Claims } from "../options.js";
import type { TokenTarget } from "../settings/read-target.js";
import type { ClientSettings } from "../settings/settings.js";
import type { TrustedIssuer } from "./access-token.js";
import { type ApiCall, callApi } from "./api-call.js";
import { type Authorization, authorizationUrl } from "./authorize.js";
import { createDiscovery, type Discovery } from "./discovery.js";
import { createDpopKeys, type DpopKey } from "./dpop-keys.js";
import { type Exchange, exchangeCode } from "./exchange.js";
import { askGrant, type GrantRequest } from "./grant.js";
import type { Introspection } from "./introspection.js";
import { trust } from "./issuers.js";
import { createKeys } from "./keys.js";
import { type Answer, type AskedLogin, readAnswer, redeemAnswer } from "./login-answer.js";
import { type ProviderLogout, verifyLogoutToken } from "./logout-token.js";
import { type LooseRefresh, type Renewable, refreshFor, refreshLoose, refreshTokens } from "./refresh.js";
import { type SignOut, signOutUrl } from "./sign-out.js";
import type { TokenSet } from "./token-set.js";
import { type AnyToken, introspectToken, revokeToken } from "./token-status.js";
import type { AccessGrant, AccessTokens, Granted } from "./tokens.js";
import { fetchJson, reachUrl } from "./transport.js";
import { type Asked, askUserinfo } from "./userinfo.js";

/** The OpenID Provider of one instance. */
export interface Provider {
  /** Makes sure that the provider's metadata is known. */
  find(): Promise<void>;
  /** The URL that sends a person to log in. */
  authorizationUrl(request: Authorization): Promise<string>;
  /** The provider's issuer identifier, as its tokens carry it. */
  issuer(): Promise<string>;
  /** A code becomes verified tokens. */
  exchange(exchange: Exchange): Promise<Granted<AccessTokens>>;
  /** A login answer of any type and mode, whose state is known, verified as far as it goes. */
  readAnswer(params: URLSearchParams, asked: AskedLogin): Promise<Answer>;
  /** What such an answer is good for: its code is exchanged; without one its ID token is all. */
  redeem(answer: Answer, asked: AskedLogin): Promise<Granted>;
  /** New tokens for a login that goes on. */
  refresh(before: Renewable): Promise<AccessTokens>;
  /** Another access token for a login, and the refresh token that is good from now on. */
  refreshFor(request: {
    readonly before: Renewable;
    readonly target: TokenTarget;
  }): Promise<AccessGrant & { readonly refreshToken: string }>;
  /** New tokens for a refresh token that belongs to no login of ours. */
  refreshLoose(request: LooseRefresh): Promise<TokenSet>;
  /** Tokens for a grant that needs no browser. */
  grant(request: GrantRequest): Promise<TokenSet>;
  /** What the provider knows of the person now. */
  userinfo(who: Asked): Promise<Claims>;
  /** A new key for tokens; undefined where the options bind none. */
  createKey(): Promise<DpopKey | undefined>;
  /** Calls an API with an access token. */
  callApi(call: ApiCall): Promise<Response>;
  /** The URL that logs a person out there, if there is one. */
  signOutUrl(signOut: SignOut): Promise<string | undefined>;
  /** What a logout token says, verified. */
  readLogoutToken(token: string): Promise<ProviderLogout>;
  /** A token is good no longer. Without one there is nothing to do. */
  revoke(token: AnyToken | undefined): Promise<void>;
  /** Whether a token is good. */
  introspect(token: AnyToken): Promise<Introspection>;
  /** Asks for the keys anew, to see whether the provider answers. */
  reach(): Promise<void>;
  /** The provider as an issuer of access tokens for an API. */
  readonly trusted: TrustedIssuer;
  /** The origins whose pages are the provider's own. */
  origins(): Promise<readonly string[]>;
}

/** Creates the provider of one instance. Nothing is fetched before it is needed. */
export function createProvider(settings: ClientSettings): Provider {
  const discovery = createDiscovery(settings);
  const keys = createKeys(settings, discovery);
  const dpop = createDpopKeys(settings);
  const found = async () => ({ ...(await discovery.find()), keys, dpop });
  return {
    find: async () => {
      await discovery.find();
    },
    authorizationUrl: async (request) => authorizationUrl(settings, await discovery.find(), request),
    issuer: async () => (await discovery.find()).metadata.issuer,
    exchange: async (exchange) => exchangeCode(settings, await found(), exchange),
    readAnswer: async (params, asked) => readAnswer(settings, await found(), { params, asked }),
    redeem: async (answer, asked) => redeemAnswer(settings, await found(), { answer, asked }),
    refresh: async (before) => refreshTokens(settings, await found(), before),
    refreshFor: async (request) => refreshFor(settings, await found(), request),
    refreshLoose: async (request) => refreshLoose(settings, await found(), request),
    grant: async (request) => askGrant(settings, await found(), request),
    userinfo: async (who) => askUserinfo(settings, await found(), who),
    createKey: async () => dpop.create((await discovery.find()).metadata),
    callApi: (call) => callApi(settings, dpop, call),
    signOutUrl: (signOut) => signOutUrl(settings, discovery, signOut),
    readLogoutToken: async (token) => verifyLogoutToken(settings, await found(), token),
    revoke: async (token) => {
      if (token !== undefined) await revokeToken(settings, await discovery.find(), token);
    },
    introspect: async (token) => introspectToken(settings, await discovery.find(), token),
    reach: () => reachProvider(settings, discovery),
    trusted: trust(settings, discovery, keys),
    origins: async () => originsOf((await discovery.find()).metadata),
  };
}

/** Any answer of the provider itself will do; its keys are the document that everybody may ask for. Where it has none, a refusal tells as much. */
async function reachProvider(settings: ClientSettings, discovery: Discovery): Promise<void> {
  const { metadata } = await discovery.find();
  if (metadata.jwks_uri !== undefined) await fetchJson(settings, metadata.jwks_uri, "the key request");
  else if (metadata.userinfo_endpoint !== undefined) await reachUrl(settings, metadata.userinfo_endpoint);
}

/** A provider may show its pages elsewhere than its issuer is. */
function originsOf({ issuer, end_session_endpoint: logout, authorization_endpoint: login }: ServerMetadata): string[] {
  const urls = [issuer, logout, login].map((url) => (url === undefined ? undefined : parsedUrl(url)));
  return [...new Set(urls.flatMap((url) => url?.origin ?? []))];
}
