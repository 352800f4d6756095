/**
 * `dpop: true`: each login has a key of its own, to which the provider binds its tokens (RFC 9449). The provider is a certified one, and the API
 * that is called guards itself as ours do.
 * @module
 */
import { inspect } from "node:util";
import { type AuthOptions, oidcOf, requireAuth } from "express-oidc";
import session from "express-session";
import { decodeProtectedHeader, type JWK } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { refusalIn } from "../support/api-world.js";
import { type RunningApp, startApp } from "../support/app.js";
import { ask } from "../support/asking.js";
import { openWorld } from "../support/journey.js";
import { addOrderRoutes, ordersAudience, ordersFeature, startOrdersApi } from "../support/orders-api.js";
import { signingKey } from "../support/scripted/signing.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { answerWith } from "../support/scripted-world.js";
import { addProviderRoutes } from "../support/token-routes.js";
import type { World } from "../support/world.js";

const providerKey = { ...signingKey("PS256", 9).privateKey.export({ format: "jwk" }), use: "sig", kid: "ps256" };

interface Bound {
  readonly world: World;
  /** Where the API is. */
  readonly api: string;
  /** The public keys of the proofs that reached the provider, with the paths that they were for. */
  readonly proofs: { readonly path: string; readonly jwk: JWK | undefined }[];
  /** Another process of the same app. */
  readonly restart: (over?: Partial<AuthOptions>) => Promise<RunningApp>;
}

/** A provider, an app that binds its tokens, and the API that it calls. */
async function openBound({
  nonces = false,
  isPublic = false,
  options = {} as Partial<AuthOptions>,
  client = {},
} = {}): Promise<Bound> {
  const proofs: Bound["proofs"] = [];
  const at = { url: "" };
  const store = new session.MemoryStore();
  const all: Partial<AuthOptions> = {
    dpop: true,
    idTokenSigningAlg: "PS256",
    scope: "openid offline_access orders:read",
    authorizationParams: { resource: ordersAudience },
    session: { store },
    ...(isPublic && ({ clientSecret: undefined } as object)),
    ...options,
  };
  const routes: Parameters<typeof openWorld>[0] = {
    routes(app) {
      addProviderRoutes(app);
      addOrderRoutes(app, at);
      app.get(
        "/shown",
        requireAuth(),
        answerWith((req) => {
          const oidc = oidcOf(req);
          return [{ ...oidc }, JSON.stringify(oidc), inspect(oidc, { depth: 9, showHidden: true })];
        }),
      );
    },
  };
  const world = await openWorld({
    ...routes,
    options: all,
    client: {
      dpop_bound_access_tokens: true,
      id_token_signed_response_alg: "PS256",
      ...(isPublic && { token_endpoint_auth_method: "none", client_secret: undefined }),
      ...client,
    },
    provider: {
      configuration: {
        jwks: { keys: [providerKey] },
        enabledJWA: { idTokenSigningAlgValues: ["PS256"] },
        scopes: ["openid", "offline_access", "orders:read"],
        features: {
          dPoP: { enabled: true, ...(nonces && { nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true }) },
          resourceIndicators: ordersFeature,
        },
      },
      before(req, _res, next) {
        const proof = req.headers["dpop"];
        if (typeof proof === "string") proofs.push({ path: req.path, jwk: decodeProtectedHeader(proof).jwk });
        next();
      },
    },
  });
  const { url } = await startOrdersApi({ issuer: world.provider.issuer, dpop: { required: true, nonce: nonces } });
  at.url = url;
  const restart = async (over: Partial<AuthOptions> = {}) => {
    const app = await startApp({
      ...routes,
      issuer: world.provider.issuer,
      options: { ...all, baseUrl: world.baseUrl, ...over },
    });
    onTestFinished(() => app.close());
    return app;
  };
  return { world, api: url, proofs, restart };
}

const bound = { status: 200, body: { sub: "user-ada", clientId: "demo-app", scheme: "DPoP", scopes: ["orders:read"] } };

describe("a login whose tokens are bound to a key", () => {
  test.each([[false], [true]])(
    "goes through login, renewal, userinfo and an API (nonces demanded: %s)",
    async (nonces) => {
      const { world } = await openBound({ nonces });
      const browser = world.newBrowser();
      expect((await world.signIn(browser)).json()).toEqual({ sub: "user-ada" });
      for (const path of ["/orders", "/refresh", "/me", "/orders", "/introspect", "/revoke"]) {
        const page = await browser.get(world.baseUrl + path);
        expect([path, page.status]).toEqual([path, 200]);
        if (path === "/orders") expect(page.json()).toEqual(bound);
      }
      expect(world.app.errors).toEqual([]);
    },
  );
});

describe("the key of a login", () => {
  test("is another one for each login, and the same at every request of one", async () => {
    const { world, proofs } = await openBound();
    const thumbprints: (string | undefined)[][] = [];
    for (const _login of [1, 2]) {
      const browser = world.newBrowser();
      await world.signIn(browser);
      for (const path of ["/orders", "/refresh", "/me"]) await browser.get(world.baseUrl + path);
      expect(proofs.map(({ path }) => path)).toEqual(["/token", "/token", "/token", "/me"]);
      thumbprints.push([...new Set(proofs.splice(0).map(({ jwk }) => jwk?.x))]);
    }
    const [one, other] = thumbprints;
    expect([one?.length, other?.length]).toEqual([1, 1]);
    expect(one).not.toEqual(other);
  });

  test.each([[false], [true]])(
    "goes on in another process, which renews and calls with it (a public client: %s)",
    async (isPublic) => {
      const { world, proofs, restart } = await openBound({ isPublic });
      const browser = world.newBrowser();
      await world.signIn(browser);
      await world.app.close();
      const { url, errors } = await restart();
      const headers = { cookie: browser.cookies.header(new URL(world.baseUrl)) };
      expect((await ask(`${url}/refresh`, { headers })).json()).toEqual({ isNew: true });
      expect((await ask(`${url}/orders`, { headers })).json()).toEqual(bound);
      expect((await ask(`${url}/me`, { headers })).json()).toEqual({ sub: "user-ada" });
      expect(new Set(proofs.map(({ jwk }) => jwk?.x)).size).toBe(1);
      expect(errors).toEqual([]);
    },
  );

  test("is needed for its tokens: who has stolen one gets nothing for it", async () => {
    const { world, api } = await openBound();
    const browser = world.newBrowser();
    await world.signIn(browser);
    const { token } = (await browser.get(`${world.baseUrl}/orders-token`)).json() as { token: string };
    for (const scheme of ["Bearer", "DPoP"]) {
      const answer = await ask(api, { headers: { authorization: `${scheme} ${token}` } });
      expect(refusalIn(answer)).toMatchObject({ status: 401, challenge: expect.stringMatching(/^DPoP error=/) });
    }
  });

  test("lies in the session store sealed only, and is in nothing that handlers can show", async () => {
    const store = new ScriptedStore();
    const { world, proofs } = await openBound({ options: { session: { store } } });
    const browser = world.newBrowser();
    await world.signIn(browser);
    const x = proofs[0]?.jwk?.x ?? "";
    expect(x).toHaveLength(43);
    expect(JSON.stringify(await store.dump())).not.toContain(x);
    const { text } = await browser.get(`${world.baseUrl}/shown`);
    expect(text).toContain("user-ada");
    expect(text).not.toMatch(/dpopKey|"d"/);
    expect(text).not.toContain(x);
  });
});

describe("a login of before the option was set", () => {
  test("is bound from its next renewal on", async () => {
    const store = new session.MemoryStore();
    const { world, proofs, restart } = await openBound({
      options: { dpop: false, session: { store } },
      client: { dpop_bound_access_tokens: false },
    });
    const browser = world.newBrowser();
    await world.signIn(browser);
    expect((await browser.get(`${world.baseUrl}/me`)).json()).toEqual({ sub: "user-ada" });
    expect(proofs).toEqual([]);
    const { url } = await restart({ dpop: true });
    const headers = { cookie: browser.cookies.header(new URL(world.baseUrl)) };
    expect((await ask(`${url}/me`, { headers })).json()).toEqual({ sub: "user-ada" });
    expect((await ask(`${url}/refresh`, { headers })).json()).toEqual({ isNew: true });
    expect((await ask(`${url}/me`, { headers })).json()).toEqual({ sub: "user-ada" });
    expect((await ask(`${url}/orders`, { headers })).json()).toEqual(bound);
    expect(proofs.map(({ path }) => path)).toEqual(["/token", "/me", "/token"]);
  });
});
