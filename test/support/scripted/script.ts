/**
 * What a scripted provider says and does, each part by name. A test changes the parts it is about, at any time.
 * @module
 */
import type { SignedOver } from "./answers.js";
import { type Sign, signProperly } from "./signing.js";

/** Values by wire name. They go over the provider's own; undefined takes one away. */
export type Overrides = Readonly<Record<string, unknown>>;

/** What differs from an honest signed introspection (RFC 9701 5). */
export interface SignedIntrospection {
  readonly claims?: Overrides;
  readonly header?: Overrides;
  readonly sign?: Sign;
  readonly contentType?: string;
}

/** What the provider says and does. */
export interface Script {
  /** Who is logged in there: the claims of ID token and userinfo. `auth_time`, `acr` and `sid` count as well. */
  person: Overrides;
  /** The algorithm of ID tokens. */
  alg: string;
  /** How an ID token is signed. */
  sign: Sign;
  /** Over the claims of every ID token. */
  idToken: Overrides;
  /** Over the claims of ID tokens that come with a renewal, beside `idToken`; with false none comes. */
  renewedIdToken: Overrides | false;
  /** Over the header of ID tokens. */
  header: Overrides;
  /** Seconds that an access token lives; undefined leaves `expires_in` out. */
  expiresIn: number | undefined;
  /** Over the token response of a login. */
  tokens: Overrides;
  /** Over the token response of a renewal. */
  renewedTokens: Overrides;
  /** Over the token response of any other grant. */
  granted: Overrides;
  /** Resources for which a renewal is refused. */
  unknownResources: readonly string[];
  /** Whether refresh tokens are replaced at each use, and punished when they are used twice; kept; or not given at all. */
  refreshTokens: "rotate" | "keep" | "none";
  /** Which discovery document there is: that of an OpenID Provider, or that of an OAuth authorization server (RFC 8414). */
  discovery: "discovery" | "serverDiscovery";
  /** Over the discovery document. */
  metadata: Overrides;
  /** The key document; undefined for the provider's own. */
  jwks: unknown;
  /** Over the userinfo answer. */
  userinfo: Overrides;
  /** How it answers who asks for a signed introspection; with false by a plain one. */
  signedIntrospection: SignedIntrospection | false;
  /** Over the answer to a pushed request. */
  pushed: Overrides;
  /** Over the parameters of the login response; `error` takes the place of a code. */
  callback: Overrides;
  /** Over ID tokens that come with the browser, beside `idToken`. */
  frontIdToken: SignedOver;
  /** Over login responses in one signed text. */
  signedAnswer: SignedOver;
}

/** The script of an honest provider. */
export function createScript(): Script {
  return {
    person: { sub: "ada", name: "Ada Lovelace", email: "ada@example.org", email_verified: true, sid: "op-session-1" },
    // the keys of RS256, which is the commonest, take too long to make
    alg: "ES256",
    sign: signProperly,
    idToken: {},
    renewedIdToken: {},
    header: {},
    expiresIn: 3600,
    tokens: {},
    renewedTokens: {},
    granted: {},
    unknownResources: [],
    refreshTokens: "rotate",
    discovery: "discovery",
    metadata: {},
    jwks: undefined,
    userinfo: {},
    signedIntrospection: {},
    pushed: {},
    callback: {},
    frontIdToken: {},
    signedAnswer: {},
  };
}

/** One set of values over another. */
export function overlay(values: Overrides, over: Overrides): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...values, ...over }).filter(([, value]) => value !== undefined));
}
