/** @module Values of options that are names of the protocols. */

/** How the client proves itself to the provider (OpenID Connect Core §9, RFC 8705 §2). */
export type ClientAuth =
  | "client_secret_basic"
  | "client_secret_post"
  | "client_secret_jwt"
  | "private_key_jwt"
  | "tls_client_auth"
  | "self_signed_tls_client_auth"
  | "none";

/** What the provider speaks: OpenID Connect, or plain OAuth 2.0, which has no ID token. */
export type Protocol = "oidc" | "oauth2";

/**
 * What comes back with the browser at a login (OAuth 2.0 Multiple Response Types §3, §5): a code, which this app redeems itself, an ID token,
 * an access token.
 */
export type ResponseType =
  | "code"
  | "code id_token"
  | "id_token"
  | "id_token token"
  | "code token"
  | "code id_token token";

/**
 * How it comes back: in the address (`query`), or in a form that the provider's page posts (`form_post`); with `jwt` in one text that the provider
 * has signed (JARM). `jwt` alone leaves the place to the provider's default for `code`, which is the address.
 */
export type ResponseMode = "query" | "form_post" | "jwt" | "query.jwt" | "form_post.jwt";

/** The algorithms that an ID token may be signed with. `none` is never accepted. */
export type IdTokenSigningAlg = `${"RS" | "PS" | "ES" | "HS"}${256 | 384 | 512}` | "EdDSA" | "Ed25519";

/** The algorithms that this app can sign with. */
export type ClientKeyAlg = Exclude<IdTokenSigningAlg, `HS${number}`>;
