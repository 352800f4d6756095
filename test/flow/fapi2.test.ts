/**
 * `profile: "fapi2"`: the FAPI 2.0 Security Profile with tokens that are bound to a certificate, against oidc-provider with its own
 * profile on, and against a provider that keeps to the profile only in part.
 * @module
 */
import type { AuthOptions, ClientAuth } from "express-oidc";
import { describe, expect, test } from "vitest";
import { logInUpToCallback } from "../support/journey.js";
import { publicJwk, signingKey } from "../support/scripted/signing.js";
import { openTlsWorld, type TlsWorldOptions } from "../support/tls-world.js";
import { addProviderRoutes, goThroughAll } from "../support/token-routes.js";

const key = signingKey("ES256", 9);
const clientKey = { key: key.privateKey, kid: key.kid };
const idTokenKey = { ...signingKey("PS256", 9).privateKey.export({ format: "jwk" }), use: "sig", kid: "ps256" };

/** How oidc-provider is told to hold its clients to the profile. */
const strict = {
  jwks: { keys: [idTokenKey] },
  enabledJWA: { idTokenSigningAlgValues: ["PS256", "RS256"] },
  features: {
    fapi: { enabled: true, profile: "2.0" },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    requestObjects: { enabled: true },
  },
};

/** A world in which the client is registered for one way, and its tokens are bound to its certificate. */
function openStrict(way: ClientAuth, options: Partial<AuthOptions> = {}, more: Partial<TlsWorldOptions> = {}) {
  return openTlsWorld({
    ...more,
    provider: { configuration: strict },
    client: () => ({
      token_endpoint_auth_method: way,
      tls_client_certificate_bound_access_tokens: true,
      id_token_signed_response_alg: "PS256",
      client_secret: undefined,
      ...(way === "private_key_jwt" && { jwks: { keys: [publicJwk(key)] } }),
    }),
    options: {
      profile: "fapi2",
      clientSecret: undefined,
      ...(way === "private_key_jwt" ? { clientKey, certificateBoundTokens: true } : { clientAuth: way }),
      ...options,
    } as Partial<AuthOptions>,
    routes: addProviderRoutes,
  });
}

describe("the FAPI 2.0 profile", () => {
  test.each<[ClientAuth, "authority" | "itself"]>([
    ["private_key_jwt", "authority"],
    ["tls_client_auth", "authority"],
    ["self_signed_tls_client_auth", "itself"],
  ])("works with %s and bound tokens: login, renewal, userinfo, introspection, revocation", async (way, signedBy) => {
    const world = await openStrict(way, {}, { signedBy });
    await goThroughAll(world);
    expect(world.asked.filter((path) => path === "/request")).toHaveLength(1);
  });

  test("signs its requests too where that is asked for", async () => {
    await goThroughAll(await openStrict("private_key_jwt", { jar: true }));
  });

  test("leaves nothing of the request in the browser but a reference", async () => {
    const world = await openStrict("private_key_jwt");
    const browser = world.newBrowser();
    await world.signIn(browser);
    const asked = browser.history.find(({ redirect }) => redirect?.pathname === "/auth")?.redirect;
    expect([...(asked?.searchParams.keys() ?? [])].sort()).toEqual(["client_id", "request_uri"]);
  });

  test("takes no ID token signed with RS256, whatever the provider lists", async () => {
    const world = await openTlsWorld({
      provider: { configuration: strict },
      client: {
        token_endpoint_auth_method: "tls_client_auth",
        tls_client_certificate_bound_access_tokens: true,
        id_token_signed_response_alg: "RS256",
      },
      options: { profile: "fapi2", clientAuth: "tls_client_auth" },
    });
    const page = await world.signIn(world.newBrowser());
    expect(page.json()).toMatchObject({
      code: "OIDC_PROVIDER_RESPONSE_INVALID",
      message: expect.stringMatching(/signed an ID token with RS256, and accepted here is PS256\./),
    });
  });

  test("takes no login answer without iss, and no callback from elsewhere", async () => {
    const world = await openStrict("tls_client_auth");
    const browser = world.newBrowser();
    const callback = await logInUpToCallback(world, browser);
    expect(callback.searchParams.get("iss")).toBe(world.provider.issuer);
    callback.searchParams.delete("iss");
    expect((await browser.follow(callback)).json()).toMatchObject({ code: "OIDC_LOGIN_RESPONSE_INVALID" });
  });
});
