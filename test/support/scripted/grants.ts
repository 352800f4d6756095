/**
 * The codes and tokens that a scripted provider has given, and the rules by which it takes them back.
 * @module
 */
import { createHash, randomUUID } from "node:crypto";
import type { Overrides } from "./script.js";

/** One login at the provider. */
export interface Grant {
  readonly person: Overrides;
  readonly nonce: string | undefined;
  readonly authTime: number;
  readonly scope: string;
  readonly redirectUri: string | null;
  readonly challenge: string | null;
  isRevoked: boolean;
}

/** The memory of the provider. */
export class Grants {
  readonly #codes = new Map<string, Grant>();
  readonly #refreshTokens = new Map<string, { readonly grant: Grant; isUsed: boolean }>();
  readonly #accessTokens = new Map<string, Grant>();
  #last: Grant | undefined;

  /** A code for a new login. */
  begin(params: URLSearchParams, person: Overrides): string {
    this.#last = {
      person,
      nonce: params.get("nonce") ?? undefined,
      authTime: Number(person["auth_time"] ?? Math.floor(Date.now() / 1000)),
      scope: params.get("scope") ?? "",
      redirectUri: params.get("redirect_uri"),
      challenge: params.get("code_challenge"),
      isRevoked: false,
    };
    return remember(this.#codes, "code", this.#last);
  }

  /** The newest grant. @throws {Error} before the first one. */
  get newest(): Grant {
    if (this.#last === undefined) throw new Error("nobody has logged in yet");
    return this.#last;
  }

  /** Redeems a code, once, for the redirect URI and the PKCE verifier that it was made for. */
  redeem(form: URLSearchParams): Grant | undefined {
    const code = form.get("code") ?? "";
    const grant = this.#codes.get(code);
    this.#codes.delete(code);
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const fits = grant?.redirectUri === form.get("redirect_uri") && grant?.challenge === challenge;
    return fits ? grant : undefined;
  }

  /** Takes a refresh token; one that comes a second time, where they rotate, ends the whole grant (RFC 9700 4.14.2). */
  refresh(token: string, rotates: boolean): Grant | undefined {
    const entry = this.#refreshTokens.get(token);
    if (entry === undefined || entry.grant.isRevoked) return undefined;
    if (rotates && entry.isUsed) entry.grant.isRevoked = true;
    entry.isUsed = true;
    return entry.grant.isRevoked ? undefined : entry.grant;
  }

  /** Ends the newest grant, as an administrator does. */
  revokeLast(): void {
    if (this.#last !== undefined) this.#last.isRevoked = true;
  }

  /** Revokes a token, and with it the whole grant (RFC 7009 2.1). */
  revoke(token: string): void {
    const grant = this.#refreshTokens.get(token)?.grant ?? this.#accessTokens.get(token);
    if (grant !== undefined) grant.isRevoked = true;
  }

  createAccessToken(grant: Grant): string {
    return remember(this.#accessTokens, "at", grant);
  }

  createRefreshToken(grant: Grant): string {
    const token = `rt-${randomUUID()}`;
    this.#refreshTokens.set(token, { grant, isUsed: false });
    return token;
  }

  /** Whom an access token belongs to. */
  ownerOf(accessToken: string): Grant | undefined {
    return this.#accessTokens.get(accessToken);
  }
}

function remember(map: Map<string, Grant>, kind: string, grant: Grant): string {
  const name = `${kind}-${randomUUID()}`;
  map.set(name, grant);
  return name;
}
