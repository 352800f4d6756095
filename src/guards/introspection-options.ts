/** @module What an API writes to have its issuer judge tokens that only the issuer can read. */
import type { AuthOptions, ClientAuth } from "../options.js";

/**
 * How the issuer is asked about access tokens (RFC 7662). Each token costs one request, however many calls bring it at once; what was
 * answered is known for a while. Somebody who sends tokens that were made up causes one request for each of them, at most 200 at a time: limit
 * the rate of calls before this guard where that is too much for the issuer. A token longer than 8192 characters is refused unasked.
 */
export interface IntrospectionOptions {
  /** This API's id at the issuer: the issuer answers its own clients only. Default: the client of the `auth()` before it, where the guard names no `issuer`. */
  readonly clientId?: string;
  /** Its secret. Needed with `clientId`, unless there is a `clientKey`, or a `clientAuth` that needs none. */
  readonly clientSecret?: string;
  /** The private key that proves it, for `private_key_jwt`: as in `auth()`. Default: none. */
  readonly clientKey?: NonNullable<AuthOptions["clientKey"]>;
  /**
   * How this API proves itself. Default: `private_key_jwt` where there is a `clientKey`; else `client_secret_basic`, or `client_secret_post` where the issuer's metadata lists that one only, for
   * introspection or, where it says nothing of that, for the token endpoint.
   */
  readonly clientAuth?: ClientAuth;
  /**
   * What the issuer is asked about. `"opaque"`: whatever is no signed JWT; those are verified with the issuer's keys, without a request.
   * `"all"`: JWTs too, so that one that was revoked is refused within `cacheFor`. Default `"opaque"`.
   */
  readonly tokens?: "opaque" | "all";
  /**
   * Whether the answer must say which API a token is for (`aud`). `"optional"` is for issuers that don't say it: then a token for any other API of
   * this issuer opens this one, too, so demand a scope that only this API has. Such an answer must name the `token_type`, for that tells
   * access tokens from refresh tokens. An `aud` that is there must name this API either way. Default `"required"`.
   */
  readonly audience?: "required" | "optional";
  /**
   * Asks for a signed answer (RFC 9701), and accepts no other: `true` for the algorithms that the issuer's metadata lists (RS256 where it
   * lists none), or the algorithms. Symmetric ones are never accepted. Default `false`: TLS protects the answer.
   */
  readonly signed?: boolean | string | readonly string[];
  /** How long a good token is known, so that it is not asked about again: at most until its `exp`. So long may a revoked one still pass. Seconds, 0 to 3600; 0: not at all. Default 30. */
  readonly cacheFor?: number;
  /** How long a token that was refused is known. Seconds, 0 to 3600; 0: not at all. Default 5. */
  readonly negativeFor?: number;
}
