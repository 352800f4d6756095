/**
 * An API that asks a real provider about its opaque access tokens, in plain and in signed answers.
 * @module
 */
import { type IntrospectionOptions, oidcOf, requireAuth, requireBearer } from "express-oidc";
import { describe, expect, onTestFinished, test } from "vitest";
import { startProvider } from "../../examples/demo/provider.js";
import { codesOf, refusalIn, startApi, whatIsShown } from "../support/api-world.js";
import { type Handler, sendJson } from "../support/app.js";
import { ask } from "../support/asking.js";
import { publicJwk, signingKey } from "../support/scripted/signing.js";
import { apiAudience } from "../support/scripted-provider.js";
import { signingKeys, startWorld } from "../support/world.js";

const program = { client_id: "a-program", client_secret: "what proves the program" };
const plainApi = { clientId: "the-api", clientSecret: "what proves the API" };
const signedApi = { clientId: "the-careful-api", clientSecret: "what proves the careful API" };
const keyedApi = { clientId: "the-keyed-api", clientKey: signingKey("ES256").privateKey };
const jwtResource = "https://jwt.example.org";

const features = {
  clientCredentials: { enabled: true },
  resourceIndicators: {
    enabled: true,
    getResourceServerInfo: (_ctx: unknown, resource: string) => ({
      scope: "orders:read orders:write",
      audience: resource,
      accessTokenFormat: resource === jwtResource ? "jwt" : "opaque",
    }),
  },
};

const keyProof = {
  token_endpoint_auth_method: "private_key_jwt",
  jwks: { keys: [publicJwk(signingKey("ES256"))] },
};

function registered({ clientId, clientSecret }: { clientId: string; clientSecret?: string }, more: object = {}) {
  const nothingElse = { redirect_uris: [], grant_types: [], response_types: [] };
  return { client_id: clientId, client_secret: clientSecret, ...nothingElse, ...more };
}

/** A provider with a program that gets tokens from it, and an API that asks about them. */
async function startReal(over: IntrospectionOptions, { audience = apiAudience, signs = true } = {}) {
  const provider = await startProvider({
    clients: [
      { ...program, redirect_uris: [], grant_types: ["client_credentials"], response_types: [] },
      registered(plainApi),
      registered({ clientId: keyedApi.clientId }, keyProof),
      registered(signedApi, signs ? { introspection_signed_response_alg: "RS256" } : {}),
    ],
    configuration: {
      clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
      jwks: await signingKeys(),
      features: { ...features, jwtIntrospection: { enabled: signs } },
    },
  });
  onTestFinished(() => provider.close());
  const guard = { issuer: provider.issuer, audience, introspection: over };
  const api = await startApi({ guard });

  async function post(path: string, fields: Record<string, string>) {
    const credentials = { client_id: program.client_id, client_secret: program.client_secret };
    return ask(provider.issuer + path, { form: { ...credentials, ...fields } });
  }

  return {
    ...api,
    provider,
    tokenFor: async (resource?: string) => {
      const where = resource === undefined ? {} : { resource, scope: "orders:read" };
      const answer = await post("/token", { grant_type: "client_credentials", ...where });
      return (answer.json() as { access_token: string }).access_token;
    },
    revoke: (token: string) => post("/token/revocation", { token }),
  };
}

describe.each<[what: string, options: IntrospectionOptions]>([
  ["a real provider that is asked", plainApi],
  ["a real provider that is asked with a key", keyedApi],
  ["a real provider that is asked for signed answers", { ...signedApi, signed: true }],
  ["a real provider that is asked for answers signed with RS256", { ...signedApi, signed: "RS256" }],
])("%s", (_what, options) => {
  test("lets its opaque token for this API pass, with what it says of it", async () => {
    const { call, tokenFor, provider } = await startReal(options);
    const token = await tokenFor(apiAudience);
    expect(token).not.toContain(".");
    const answer = await call(token);
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ scopes: ["orders:read"], clientId: "a-program", scheme: "Bearer" });
    await call(token);
    expect(provider.calls["/token/introspection"]).toBe(1);
  });

  test("stops one that was revoked, one that it does not know and one for another API", async () => {
    const { call, tokenFor, revoke } = await startReal({ ...options, cacheFor: 0 });
    const token = await tokenFor(apiAudience);
    expect((await call(token)).status).toBe(200);
    expect((await revoke(token)).status).toBe(200);
    const inactive = expect.stringContaining("its issuer does not call it active");
    expect(refusalIn(await call(token))).toMatchObject({ status: 401, challenge: inactive });
    expect(refusalIn(await call("made-up"))).toMatchObject({ status: 401, challenge: inactive });
    const foreign = expect.stringContaining("its aud is missing or not the right one");
    for (const other of ["https://other.example.org", undefined]) {
      expect(refusalIn(await call(await tokenFor(other)))).toMatchObject({ status: 401, challenge: foreign });
    }
  });

  test('with audience: "optional" lets tokens pass that are for no API by name', async () => {
    const { call, tokenFor } = await startReal({ ...options, audience: "optional" });
    expect((await call(await tokenFor())).status).toBe(200);
    expect((await call(await tokenFor("https://other.example.org"))).status).toBe(401);
  });
});

describe("a real provider", () => {
  test("is not asked about its JWTs, and refuses to be", async () => {
    const byKeys = await startReal(plainApi, { audience: jwtResource });
    expect((await byKeys.call(await byKeys.tokenFor(jwtResource))).status).toBe(200);
    expect(byKeys.provider.calls["/token/introspection"]).toBeUndefined();
    const all = await startReal({ ...plainApi, tokens: "all" }, { audience: jwtResource });
    const refused = expect.stringContaining("its issuer answers for no tokens of its kind");
    expect(refusalIn(await all.call(await all.tokenFor(jwtResource)))).toMatchObject({
      status: 401,
      challenge: refused,
    });
  });

  test("that answers without a signature, though one is wanted, is not believed", async () => {
    const { call, tokenFor, errors } = await startReal({ ...signedApi, signed: true }, { signs: false });
    expect((await call(await tokenFor(apiAudience))).status).toBe(503);
    expect(codesOf(errors)).toEqual(["OIDC_PROVIDER_RESPONSE_INVALID"]);
  });

  test("that does not know this API is told to the app", async () => {
    const { call, tokenFor, errors } = await startReal({ ...plainApi, clientSecret: "another secret" });
    expect((await call(await tokenFor(apiAudience))).status).toBe(502);
    expect(codesOf(errors)).toEqual(["OIDC_PROVIDER_REFUSED"]);
  });
});

describe("the provider of a login", () => {
  test("is asked about its tokens as the client of auth(), and no refresh or ID token passes for an access token", async () => {
    const showTokens: Handler = async (req, res) => {
      const oidc = oidcOf(req);
      const tokens = { access: await oidc.getAccessToken(), refresh: oidc.refreshToken, id: oidc.idToken };
      sendJson(res, tokens);
    };
    const guard = requireBearer({ audience: apiAudience, introspection: { audience: "optional" } });
    const world = await startWorld({
      routes(app) {
        app.get("/tokens", requireAuth(), showTokens);
        app.get("/bearer", guard, (req, res) => sendJson(res, whatIsShown(req)));
      },
    });
    onTestFinished(() => world.close());
    const page = await world.signIn(world.newBrowser(), "/tokens");
    const { access, refresh, id } = page.json() as { access: string; refresh: string; id: string };
    const call = (token: string) => ask(`${world.baseUrl}/bearer`, { headers: { authorization: `Bearer ${token}` } });
    expect((await call(access)).json()).toMatchObject({ sub: "user-ada", clientId: "demo-app" });
    expect(refusalIn(await call(refresh))).toMatchObject({
      status: 401,
      challenge: expect.stringContaining("its issuer says neither aud nor token_type"),
    });
    expect(refusalIn(await call(id))).toMatchObject({ status: 401, code: "OIDC_BEARER_INVALID" });
  });
});
