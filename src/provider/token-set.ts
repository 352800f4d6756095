/** @module What a token request answered, in our own words. */
import type { TokenEndpointResponse } from "openid-client";
import type { AuthorizationDetail, Claims } from "../options.js";
import { frozen } from "./frozen.js";
import { type AccessTokens, termsOf } from "./tokens.js";

/** What the provider has issued. Frozen plain data; it holds tokens, so keep it out of logs. */
export interface TokenSet {
  /** The access token; with a token exchange, whatever was issued. */
  readonly accessToken: string;
  /**
   * How it is presented: `Bearer`; `DPoP` with a proof of this client's key (option `dpop`), as `client.fetch()` makes it; `N_A` for an exchanged
   * token that is none (RFC 8693 §2.2.1).
   */
  readonly tokenType: string;
  /** The granted scope, space-separated: what was asked for where the answer names none (RFC 6749 §5.1). */
  readonly scope: string | undefined;
  /** What was granted in detail, where the provider says it (RFC 9396 §7). */
  readonly authorizationDetails?: readonly AuthorizationDetail[];
  /** When it was issued, in epoch seconds. */
  readonly obtainedAt: number;
  /** When it expires, in epoch seconds; undefined when the provider did not say. */
  readonly expiresAt: number | undefined;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  /** The claims of the ID token, verified; with `protocol: "oauth2"` `iss` and `sub` alone, by userinfo. */
  readonly claims: Claims | undefined;
  /** What an exchange has issued, as a URI (RFC 8693 §2.2.1). */
  readonly issuedTokenType: string | undefined;
}

/** Names that oauth4webapi writes in small letters. */
const TOKEN_TYPES: Readonly<Record<string, string>> = { bearer: "Bearer", dpop: "DPoP", n_a: "N_A" };

/** The members of an answer that count. */
type Answer = Pick<
  TokenEndpointResponse,
  "access_token" | "token_type" | "expires_in" | "scope" | "refresh_token" | "id_token"
> & { readonly issued_token_type?: unknown; readonly authorization_details?: unknown };

/** What is known beside the answer. */
interface Around {
  readonly now: number;
  readonly askedScope: string | undefined;
  readonly claims: Claims | undefined;
}

/** The tokens of an answer. An ID token counts only with its verified claims. */
export function tokenSetOf(response: Answer, { now, askedScope, claims }: Around): TokenSet {
  const { issued_token_type: issued } = response;
  const { scope, ...times } = termsOf(response, now, askedScope ?? "");
  return frozen({
    accessToken: response.access_token,
    tokenType: TOKEN_TYPES[response.token_type] ?? response.token_type,
    scope: scope === "" ? undefined : scope,
    ...times,
    refreshToken: response.refresh_token,
    idToken: claims === undefined ? undefined : response.id_token,
    claims: claims === undefined ? undefined : { ...claims },
    issuedTokenType: typeof issued === "string" ? issued : undefined,
  });
}

/** The tokens of a login. The key that they are bound to stays here. */
export function tokenSetFrom({ dpopKey, ...tokens }: AccessTokens): TokenSet {
  const claims = { ...tokens.claims };
  const tokenType = dpopKey === undefined ? "Bearer" : "DPoP";
  return frozen({ ...tokens, claims, tokenType, issuedTokenType: undefined });
}
