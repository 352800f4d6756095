/**
 * `profile: "fapi2"`: the FAPI 2.0 Security Profile with tokens that are bound to a certificate or to a key, against oidc-provider with its
 * own profile on, and against a provider that keeps to the profile only in part.
 * @module
 */
import type { AuthOptions, ClientAuth } from "express-oidc";
import { describe, expect, test } from "vitest";
import { strict } from "../support/fapi-provider.js";
import { logInUpToCallback } from "../support/journey.js";
import { addOrderRoutes, ordersAudience, startOrdersApi } from "../support/orders-api.js";
import { publicJwk, signingKey } from "../support/scripted/signing.js";
import { openTlsWorld, type TlsWorldOptions } from "../support/tls-world.js";
import { addProviderRoutes, goThroughAll } from "../support/token-routes.js";

const key = signingKey("ES256", 9);
const clientKey = { key: key.privateKey, kid: key.kid };

/** What the app asks for to call the API. */
const orders: Partial<AuthOptions> = {
  scope: "openid offline_access orders:read",
  authorizationParams: { resource: ordersAudience },
};

/** How tokens are bound. */
type Binding = "certificate" | "key";

interface Strict extends Partial<TlsWorldOptions> {
  /** Default: the certificate. */
  readonly boundTo?: Binding;
}

/** A world in which the client is registered for one way, and its tokens are bound. */
function openStrict(way: ClientAuth, options: Partial<AuthOptions> = {}, { boundTo, ...more }: Strict = {}) {
  const isByKey = boundTo === "key";
  return openTlsWorld({
    routes: addProviderRoutes,
    ...more,
    provider: { configuration: strict },
    client: () => ({
      token_endpoint_auth_method: way,
      ...(isByKey ? { dpop_bound_access_tokens: true } : { tls_client_certificate_bound_access_tokens: true }),
      id_token_signed_response_alg: "PS256",
      client_secret: undefined,
      ...(way === "private_key_jwt" && { jwks: { keys: [publicJwk(key)] } }),
    }),
    options: {
      profile: "fapi2",
      clientSecret: undefined,
      ...(way === "private_key_jwt" ? { clientKey } : { clientAuth: way }),
      ...(isByKey ? { dpop: true } : { certificateBoundTokens: true }),
      ...options,
    } as Partial<AuthOptions>,
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

  test.each<ClientAuth>(["private_key_jwt", "tls_client_auth"])(
    "works with %s and tokens that are bound to a key, at a provider that demands nonces",
    async (way) => {
      const world = await openStrict(way, {}, { boundTo: "key" });
      await goThroughAll(world);
      // the first request of the login's key was made again with the nonce, and none after it
      expect(world.asked.filter((path) => path === "/token")).toHaveLength(3);
    },
  );

  test.each<[Binding, string, ClientAuth]>([
    ["key", "DPoP", "private_key_jwt"],
    ["key", "DPoP", "tls_client_auth"],
    ["certificate", "Bearer", "private_key_jwt"],
    ["certificate", "Bearer", "tls_client_auth"],
  ])(
    "calls an API with tokens bound to a %s (as %s, %s), before and after a renewal; stolen, they are worth nothing",
    async (boundTo, scheme, way) => {
      const at = { url: "" };
      const world = await openStrict(way, orders, {
        boundTo,
        routes(app) {
          addProviderRoutes(app);
          addOrderRoutes(app, at);
        },
      });
      const proof =
        boundTo === "key" ? { dpop: { required: true, nonce: true } } : { clientCertificate: "tls" as const };
      const api = await startOrdersApi(
        { issuer: world.provider.issuer, http: { fetch: world.plainFetch }, ...proof },
        { tls: world.tls },
      );
      at.url = api.url;
      const browser = world.newBrowser();
      await world.signIn(browser);
      const body = { sub: "user-ada", clientId: "demo-app", scheme, scopes: ["orders:read"] };
      expect((await browser.get(`${world.baseUrl}/orders`)).json()).toEqual({ status: 200, body });
      expect((await browser.get(`${world.baseUrl}/refresh`)).json()).toEqual({ isNew: true });
      expect((await browser.get(`${world.baseUrl}/orders`)).json()).toEqual({ status: 200, body });
      const { token } = (await browser.get(`${world.baseUrl}/orders-token`)).json() as { token: string };
      const stolen = await world.plainFetch(api.url, { headers: { authorization: `${scheme} ${token}` } });
      expect(stolen.status).toBe(401);
    },
  );

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
