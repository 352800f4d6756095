/** @module The provider as the rest of the house sees it: what can be asked of it. */
import type { Claims } from "../options.js";
import type { Settings } from "../settings/settings.js";
import { authorizationUrl, type Proofs } from "./authorize.js";
import { createDiscovery } from "./discovery.js";
import { type Exchange, exchangeCode } from "./exchange.js";
import { createKeys } from "./keys.js";
import { readLoginResponse } from "./login-response.js";
import { refreshTokens } from "./refresh.js";
import { type SignOut, signOutUrl } from "./sign-out.js";
import type { Tokens } from "./tokens.js";
import { askUserinfo } from "./userinfo.js";

/** The OpenID Provider of one instance. */
export interface Provider {
  /** Makes sure that the provider's metadata is known. */
  find(): Promise<void>;
  /** The URL that sends a person to log in. */
  authorizationUrl(request: { readonly proofs: Proofs; readonly params: URLSearchParams }): Promise<string>;
  /** Whether a text is this provider's issuer identifier. */
  isIssuer(text: string): Promise<boolean>;
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
    isIssuer: async (text) => text === (await discovery.find()).metadata.issuer,
    readCode: async (params) => readLoginResponse(params, (await discovery.find()).metadata),
    exchange: async (exchange) => exchangeCode(settings, { ...(await discovery.find()), keys }, exchange),
    refresh: async (before) => refreshTokens(settings, { ...(await discovery.find()), keys }, before),
    userinfo: async (who) => askUserinfo(settings, { ...(await discovery.find()), keys }, who),
    signOutUrl: (signOut) => signOutUrl(settings, discovery, signOut),
  };
}
