/**
 * What the person is sent to the provider with, and what the token request then proves.
 * @module
 */
import { createHash } from "node:crypto";
import { oidcOf } from "express-oidc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askToLogIn, openWorld } from "../support/journey.js";
import { startWorld, type World, type WorldOptions } from "../support/world.js";

const unguessable = /^[\w-]{22,}$/;

describe("an authorization request", () => {
  let world: World;
  const tokenBodies: URLSearchParams[] = [];
  beforeAll(async () => {
    world = await startWorld({ options: { http: { fetch: keepTokenBodies(tokenBodies) } } });
  });
  afterAll(() => world.close());

  test("asks for a code, with PKCE by S256, state and nonce, and nothing that was not asked for", async () => {
    const url = await askToLogIn(world.newBrowser(), `${world.baseUrl}/private`);
    expect(url.origin + url.pathname).toBe(`${world.provider.issuer}/auth`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: "code",
      client_id: "demo-app",
      scope: "openid profile email",
      redirect_uri: `${world.baseUrl}/callback`,
      code_challenge_method: "S256",
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(unguessable),
      nonce: expect.stringMatching(unguessable),
    });
  });

  test("is another one for each login, in the same browser too", async () => {
    const browser = world.newBrowser();
    const urls = [];
    for (let count = 0; count < 5; count += 1) urls.push(await askToLogIn(browser, `${world.baseUrl}/private`));
    for (const name of ["state", "nonce", "code_challenge"]) {
      expect(new Set(urls.map((url) => url.searchParams.get(name))).size, name).toBe(5);
    }
  });

  test("carries the challenge of the verifier that the token request shows, and the same redirect URI byte for byte", async () => {
    const browser = world.newBrowser();
    await world.signIn(browser);
    const [asked] = browser.history.flatMap(({ redirect }) => (redirect?.pathname === "/auth" ? [redirect] : []));
    const body = tokenBodies.at(-1);
    const verifier = body?.get("code_verifier") ?? "";
    expect(verifier).toMatch(/^[\w.~-]{43,128}$/);
    expect(asked?.searchParams.get("code_challenge")).toBe(createHash("sha256").update(verifier).digest("base64url"));
    expect(body?.get("redirect_uri")).toBe(`${world.baseUrl}/callback`);
    expect(asked?.searchParams.get("redirect_uri")).toBe(`${world.baseUrl}/callback`);
  });

  test("takes no redirect URI from the Host header or what a proxy claims", async () => {
    const liar = world.newBrowser({
      headers: { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https", forwarded: "host=evil.example" },
    });
    const url = await askToLogIn(liar, `${world.baseUrl}/private`);
    expect(url.searchParams.get("redirect_uri")).toBe(`${world.baseUrl}/callback`);
  });

  test("takes login_hint, max_age, acr_values and ui_locales from the login link", async () => {
    const wanted = { login_hint: "ada@example.com", max_age: "600", acr_values: "urn:demo:gold", ui_locales: "de en" };
    const url = await askToLogIn(
      world.newBrowser(),
      `${world.baseUrl}/login?${new URLSearchParams(wanted).toString()}`,
    );
    expect(Object.fromEntries(url.searchParams)).toMatchObject(wanted);
  });

  test.each([
    ["scope", "openid admin"],
    ["redirect_uri", "https://evil.example/callback"],
    ["client_id", "other"],
    ["response_type", "token"],
    ["response_mode", "fragment"],
    ["state", "chosen-by-an-attacker"],
    ["nonce", "chosen-by-an-attacker"],
    ["code_challenge", "chosen-by-an-attacker"],
    ["code_challenge_method", "plain"],
    ["request", "eyJhbGciOiJub25lIn0.e30."],
    ["request_uri", "https://evil.example/request"],
    ["claims", '{"userinfo":{"picture":null}}'],
    ["resource", "https://evil.example/api"],
    ["id_token_hint", "x.y.z"],
  ])("takes no %s from the login link", async (name, value) => {
    const url = await askToLogIn(
      world.newBrowser(),
      `${world.baseUrl}/login?${new URLSearchParams({ [name]: value }).toString()}`,
    );
    expect(url.searchParams.getAll(name)).not.toContain(value);
    expect(url.searchParams.getAll(name).length).toBeLessThan(2);
  });
});

describe("an authorization request behind a proxy that ends TLS", () => {
  test("names the public redirect URI byte for byte, and so does the token request", async () => {
    const tokenBodies: URLSearchParams[] = [];
    const options = { baseUrl: "https://shop.example", http: { fetch: keepTokenBodies(tokenBodies) } };
    const world = await openWorld({ options });
    const browser = world.newBrowser();
    const page = await world.signIn(browser);
    expect([page.url.href, page.json()]).toEqual(["https://shop.example/private", { sub: "user-ada" }]);
    const [asked] = browser.history.flatMap(({ redirect }) => (redirect?.pathname === "/auth" ? [redirect] : []));
    expect(asked?.searchParams.get("redirect_uri")).toBe("https://shop.example/callback");
    expect(tokenBodies.at(-1)?.get("redirect_uri")).toBe("https://shop.example/callback");
  });
});

describe("parameters of the app's own", () => {
  const addressOf = async (worldOptions: WorldOptions, path = "/private") => {
    const world = await openWorld(worldOptions);
    return (await askToLogIn(world.newBrowser(), world.baseUrl + path)).searchParams;
  };

  test("offline_access asks for consent, as the specification wants it", async () => {
    const params = await addressOf({ options: { scope: "openid offline_access" } });
    expect([params.get("scope"), params.getAll("prompt")]).toEqual(["openid offline_access", ["consent"]]);
  });

  test("a prompt that is set stands, with offline_access too", async () => {
    const options = { scope: "openid offline_access", authorizationParams: { prompt: "login" } };
    expect((await addressOf({ options })).getAll("prompt")).toEqual(["login"]);
  });

  test("static ones ride on every login, a list as the parameter several times", async () => {
    const resource = ["https://api.example/orders", "https://api.example/stock"];
    const authorizationParams = { resource, audience: "shop", max_age: 900 };
    const params = await addressOf({ options: { authorizationParams } });
    expect(params.getAll("resource")).toEqual(resource);
    expect([params.get("audience"), params.get("max_age")]).toEqual(["shop", "900"]);
  });

  test("those of one login replace static ones by name and leave the others", async () => {
    const params = await addressOf(
      {
        options: { authorizationParams: { ui_locales: "en", audience: "shop" } },
        routes: (app) =>
          app.get("/ask", (req) =>
            oidcOf(req).login({
              authorizationParams: { ui_locales: "fr", resource: ["https://a.example", "https://b.example"] },
            }),
          ),
      },
      "/ask",
    );
    expect([params.getAll("ui_locales"), params.getAll("audience")]).toEqual([["fr"], ["shop"]]);
    expect(params.getAll("resource")).toEqual(["https://a.example", "https://b.example"]);
  });

  test("no parameter of one login can change what protects it: it is refused by name", async () => {
    const authorizationParams = { state: "s", nonce: "n", redirect_uri: "https://evil.example", code_challenge: "c" };
    const world = await openWorld({
      routes: (app) => app.get("/ask", (req) => oidcOf(req).login({ authorizationParams })),
    });
    const page = await world.newBrowser().get(`${world.baseUrl}/ask`);
    expect([page.status, page.url.pathname]).toEqual([500, "/ask"]);
    for (const name of Object.keys(authorizationParams)) expect(page.body).toContain(`authorizationParams.${name}`);
  });
});

/** Keeps the body of every token request that the app sends, and sends it. */
function keepTokenBodies(bodies: URLSearchParams[]): (url: string, init: RequestInit) => Promise<Response> {
  return (url, init) => {
    const { body } = init;
    if (url.endsWith("/token") && body instanceof URLSearchParams) bodies.push(new URLSearchParams(body));
    return fetch(url, init);
  };
}
