/**
 * Tokens as GenAuth makes them. For the protocol oidc an access token is a JWT of type JWT, for the app itself, without `client_id`; for
 * oauth everything is forty hexadecimal digits.
 * @module
 */
import { randomBytes } from "node:crypto";
import { importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import type { AccessToken, Provider } from "oidc-provider";

/** The key that such tokens are signed with. */
export type TokenKey = JWK & { readonly kid: string };

/**
 * Makes a provider hand out such tokens, and take them back. What it keeps is named by the token's `jti`; an access token of plain OAuth 2.0,
 * whose scope has no `openid`, stays opaque.
 */
export function useJwtAccessTokens(provider: Provider, key: TokenKey): void {
  const { AccessToken: model, issuer } = provider;
  const save = Reflect.get(model.prototype, "save");
  const find = model.find.bind(model);
  model.prototype.save = async function saveAndSign() {
    const opaque = await save.call(this);
    return this.scope.split(" ").includes("openid") ? sign(this) : opaque;
  };
  model.find = async (value, ...rest) => find(await nameOf(value, key), ...rest);

  async function sign({ jti, accountId, clientId, scope, expiration }: AccessToken): Promise<string> {
    const iat = Math.floor(Date.now() / 1000);
    const claims = { jti, sub: accountId, iat, exp: iat + expiration, scope, iss: issuer, aud: clientId };
    const header = { alg: "RS256", typ: "JWT", kid: key.kid };
    return new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(key, "RS256"));
  }
}

/** What the provider calls a token: an opaque one by itself, a JWT that it has signed by its `jti`. */
export async function nameOf(token: string, { kty, n, e }: TokenKey): Promise<string> {
  if (token.split(".").length !== 3) return token;
  const publicKey = await importJWK({ kty, n, e } as JWK, "RS256");
  return jwtVerify(token, publicKey).then(
    ({ payload }) => payload.jti ?? "",
    () => token,
  );
}

/** Makes a provider write access tokens, refresh tokens and codes of the protocol oauth, whose scope has no `openid`, as GenAuth does. */
export function useHexadecimalTokens({ AccessToken, RefreshToken, AuthorizationCode }: Provider): void {
  for (const { prototype } of [AccessToken, RefreshToken, AuthorizationCode]) {
    const usual: unknown = Reflect.get(prototype, "generateTokenId");
    if (typeof usual !== "function") throw new Error("oidc-provider names its tokens in another way now.");
    Reflect.set(prototype, "generateTokenId", function generateTokenId(this: AccessToken): unknown {
      // called in any case: it notes which form the token has
      const name: unknown = usual.call(this);
      return this.scope.split(" ").includes("openid") ? name : randomBytes(20).toString("hex");
    });
  }
}
