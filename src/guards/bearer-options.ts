/** @module What an API writes to guard itself. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { BearerError } from "../errors.js";
import type { HttpOptions, IssuerMetadata } from "../options.js";
import type { AccessTokenClaims } from "../provider/access-token.js";
import type { ChooseIssuer } from "../provider/issuers.js";
import type { BoundTokenOptions } from "./bound-options.js";
import type { ClaimRules } from "./claim-rules.js";
import type { IntrospectionOptions } from "./introspection-options.js";

/** Roles that a token must show, wherever its issuer puts them. */
export interface RolesRule {
  /**
   * The claim, or the way to it: `"permissions"` (Auth0), `"roles"` (Microsoft Entra), `["realm_access", "roles"]` (Keycloak). A text is the
   * name of one claim, dots and all. What lies there is a list of texts, or one text with spaces between.
   */
  readonly at: string | readonly string[];
  /** All of these, space-separated or as a list. */
  readonly all?: string | readonly string[];
  /** At least one of these. */
  readonly any?: string | readonly string[];
}

/** What one route demands of a token that is good. */
export interface BearerRouteOptions {
  /** Scopes that must all have been granted, space-separated or as a list. Otherwise 403 `insufficient_scope` (RFC 6750 §3.1). */
  readonly scope?: string | readonly string[];
  /** Scopes of which at least one must have been granted. Otherwise the same. */
  readonly anyScope?: string | readonly string[];
  /** Whether a granted scope covers a needed one. Default: the two are equal. See {@link wildcardScope}. */
  readonly scopeMatches?: (granted: string, needed: string) => boolean;
  /** What the token's claims must be: by name (equal, one of a list, or a function), or one function for all. Otherwise 403. */
  readonly claims?: ClaimRules<AccessTokenClaims>;
  /** Roles that the token must show. Otherwise 403. */
  readonly roles?: RolesRule;
  /** How long ago the person may have proved who they are (claim `auth_time`), in seconds. Otherwise 401 `insufficient_user_authentication` (RFC 9470). */
  readonly maxAge?: number;
  /** How they must have proved it (claim `acr`): one of these. Otherwise the same. */
  readonly acr?: string | readonly string[];
}

/** What {@link requireBearer} takes. A guard that names `issuer`, `audience` or `resource` judges tokens; any other narrows what that one has accepted. */
export interface RequireBearerOptions extends BearerRouteOptions, BoundTokenOptions {
  /**
   * Whose tokens are accepted: the issuer's URL, its metadata (where it publishes none), a list of these, or a function from the name that a token
   * gives to one of these. The function decides: what it returns is trusted, so it must compare whole names, not parts of them. It gets plain https
   * names only (http on this machine, or with `insecureHttp`), and is asked again about an issuer after five minutes. Default: the provider of the `auth()` before it.
   */
  readonly issuer?: string | IssuerMetadata | readonly (string | IssuerMetadata)[] | ChooseIssuer;
  /** What this API is called in tokens (claim `aud`): one of these must be there (RFC 9068 §4). Default: `resource`. */
  readonly audience?: string | readonly string[];
  /**
   * The address of this API, which is its name for clients (RFC 9728 §1.2): an https URL without fragment. Challenges then lead to its metadata,
   * which {@link resourceMetadata} serves. Default: none.
   */
  readonly resource?: string;
  /**
   * Holds tokens to every rule of RFC 9068: `typ` is `at+jwt`, and `sub`, `client_id`, `iat` and `jti` are there. Default `false`, for most
   * providers do not know it: then `typ` may also be `JWT` or missing. ID tokens and logout tokens are refused either way.
   */
  readonly strict?: boolean;
  /** The algorithms that tokens may be signed with. Default: all asymmetric ones, RS, PS and ES with 256, 384 and 512, EdDSA and Ed25519. */
  readonly algs?: readonly string[];
  /**
   * Asks the issuer about tokens that only it can read (RFC 7662): `true` as the client of the `auth()` before it, or as which client and
   * how. Needs one issuer. While the issuer can't answer, calls get 503. Default: none is asked, and opaque tokens are refused.
   */
  readonly introspection?: true | IntrospectionOptions;
  /** How many tokens that were just checked are known, so that they need not be checked again: not beyond their `exp`, nor when the keys change. 0: none. Default 2000. */
  readonly cache?: number;
  /** Accepts a token in a form field `access_token` too (RFC 6750 §2.2), where the app has parsed the form before. Default `false`. */
  readonly formField?: boolean;
  /** How far clocks may be apart. Seconds, 0 to 300. Default 30. */
  readonly clockTolerance?: number;
  /** How the issuer is called. */
  readonly http?: HttpOptions;
  /** The `realm` of the challenge. Default: none. */
  readonly realm?: string;
  /** Answers instead of the guard when it refuses a call. `error.headers` holds the challenge, `error.status` the status. */
  // oxlint-disable-next-line max-params -- the shape of Express's error handlers
  readonly onRefused?: (
    error: BearerError,
    req: IncomingMessage,
    res: ServerResponse,
    next: (error?: unknown) => void,
  ) => void | Promise<void>;
  /** Allows http, without TLS, off this machine too. Default `false`. */
  readonly insecureHttp?: boolean;
}
