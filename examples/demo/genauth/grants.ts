/**
 * What GenAuth grants without its login page: tokens for a programmatic access account, and for a name with its password.
 * @module
 */
import type { ClientMetadata, Provider, ProviderContext } from "oidc-provider";
import { findByPassword } from "../provider/accounts.js";

/** A programmatic access account of the console: its AK and SK, and what it may. */
export const programmaticAccount = {
  accessKey: "64b0f0c1a2d3e4f5a6b7c8d9",
  accessSecret: "fedcba9876543210fedcba9876543210",
  scope: "book:read",
} as const;

/** The account as oidc-provider knows clients. */
export const programmaticClient: ClientMetadata = {
  client_id: programmaticAccount.accessKey,
  client_secret: programmaticAccount.accessSecret,
  redirect_uris: [],
  response_types: [],
  grant_types: ["client_credentials"],
  scope: programmaticAccount.scope,
  token_endpoint_auth_method: "client_secret_post",
};

/** Adds the password grant, which oidc-provider leaves to its user. */
export function usePasswordGrant(provider: Provider): void {
  provider.registerGrantType("password", (ctx) => answer(provider, ctx), ["username", "password", "scope"]);
}

async function answer(provider: Provider, ctx: ProviderContext): Promise<void> {
  const { client, params } = ctx.oidc;
  const { username, password, scope: asked = "openid" } = params;
  const account = findByPassword(String(username), String(password));
  if (client === undefined || account === undefined) {
    ctx.status = 400;
    ctx.body = { error: "invalid_grant", error_description: "wrong name or password" };
    return;
  }
  const scope = String(asked);
  const grant = new provider.Grant({ clientId: client.clientId, accountId: account.sub });
  grant.addOIDCScope(scope);
  const of = { client, accountId: account.sub, grantId: await grant.save(), gty: "password", scope };
  const access = new provider.AccessToken(of);
  const id = new provider.IdToken({ sub: account.sub }, { ctx });
  id.scope = scope;
  ctx.body = {
    access_token: await access.save(),
    token_type: "Bearer",
    expires_in: access.expiration,
    scope,
    ...(access.scopes.has("openid") && { id_token: await id.issue({ use: "idtoken" }) }),
  };
}
