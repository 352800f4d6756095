/** @module What GenAuth's documents call `Models`: the shapes that AuthenticationClient takes and gives, in the wire's own names. */
import type { Introspection } from "../provider/introspection.js";

/** What may come back from GenAuth's login page. `token` alone is of the protocol `oauth`; all others but `code` are of `oidc`. */
export type ResponseType =
  | "code"
  | "token"
  | "id_token"
  | "id_token token"
  | "code id_token"
  | "code token"
  | "code id_token token";

/** What `buildAuthorizeUrl()` takes. */
export interface BuildAuthorizeUrlOptions {
  /** Default: that of the client. */
  readonly scope?: string;
  /** Comes back with the person, and must be compared then. Default: a new one, which stands in the URL. */
  readonly state?: string;
  /** Comes back in the ID token; give it to `getAccessTokenByCode()`. Default: a new one, which stands in the URL. None with `oauth`. */
  readonly nonce?: string;
  /** Default `code`. */
  readonly responseType?: ResponseType;
  /** How it comes back. Default: GenAuth's own choice, `query` for a code alone, else `fragment`. */
  readonly responseMode?: "query" | "fragment" | "form_post";
  /** Default: that of the client. */
  readonly redirectUri?: string;
  /** PKCE: the digest of a verifier, see `generateCodeChallenge()`. Default: none. */
  readonly codeChallenge?: string;
  /** Default `S256`, the only one that protects. */
  readonly codeChallengeMethod?: "S256";
  /** The tenant to log in to. Default: that of the client. */
  readonly tenantId?: string;
  /** Has people log in though they are signed in there. Default `false`. */
  readonly forced?: boolean;
  /** More parameters in wire names: `login_hint`, `ui_locales`... */
  readonly authorizationParams?: Readonly<Record<string, unknown>>;
}

/** What is known of the login that a code belongs to. */
export interface CodeOptions {
  /** The `nonce` in the URL of `buildAuthorizeUrl()`: an ID token with another one is refused. */
  readonly nonce?: string;
  /** The verifier whose digest was the login's `codeChallenge` (RFC 7636 §4.1). */
  readonly codeVerifier?: string;
  /** Where the login's was not that of the client. */
  readonly redirectUri?: string;
}

/** A programmatic access account of the console. */
export interface AccessAccount {
  /** Its AK. */
  readonly accessKey: string;
  /** Its SK. */
  readonly accessSecret: string;
}

/** What `buildLogoutUrl()` takes. */
export interface BuildLogoutUrlOptions {
  /** Where GenAuth sends the person afterwards, as registered in the console. Default: nowhere. */
  readonly redirectUri?: string;
  /** The ID token of the login that ends; then `/oidc/session/end` is used. */
  readonly idToken?: string;
  /** Uses `/oidc/session/end` without an ID token, too: GenAuth may ask the person. Default `false`. */
  readonly expert?: boolean;
  /** Comes back with the person, from `/oidc/session/end`. */
  readonly state?: string;
}

/** The token response. */
export interface OIDCTokenResponse {
  access_token: string;
  /** Verified. Only with OpenID Connect. */
  id_token?: string;
  refresh_token?: string;
  /** `Bearer`. */
  token_type: string;
  /** How long the access token is good, in seconds. */
  expires_in?: number;
  /** The same, by the name in one of the documents. */
  expire_in?: number;
  /** The scope that was granted. */
  scope?: string;
}

/** The address of a person. */
export interface Address {
  formatted?: string | null;
  street_address?: string | null;
  locality?: string | null;
  region?: string | null;
  postal_code?: string | null;
  country?: string | null;
}

/** What GenAuth knows of a person. What it does not know is null. */
export interface UserInfo {
  sub: string;
  name?: string | null;
  given_name?: string | null;
  family_name?: string | null;
  middle_name?: string | null;
  nickname?: string | null;
  preferred_username?: string | null;
  profile?: string | null;
  picture?: string | null;
  website?: string | null;
  email?: string | null;
  email_verified?: boolean | null;
  /** `M`, `F` or `U`. */
  gender?: string | null;
  birthdate?: string | null;
  zoneinfo?: string | null;
  locale?: string | null;
  phone_number?: string | null;
  phone_number_verified?: boolean | null;
  address?: Address | null;
  updated_at?: string | null;
  [claim: string]: unknown;
}

/** What GenAuth says of a token: `{ active: false }`, or all about it. */
export type IntrospectionResponse = Introspection;
