/**
 * What the app knows of its provider: found when needed, shared by all, kept while the provider is away.
 * @module
 */
import { describe, expect, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { stopClock } from "../support/clock.js";
import type { Fault } from "../support/scripted/faults.js";
import { type ScriptedProvider, startScriptedProvider } from "../support/scripted-provider.js";
import { failureIn, type ScriptedWorld, startScriptedWorld } from "../support/scripted-world.js";

const many = Array.from({ length: 50 });

/** Signs in with a new browser. @returns what the app answers in the end. */
async function outcomeOf({ signIn }: ScriptedWorld) {
  return failureIn((await signIn()).page);
}

async function expectSignIn({ signIn }: ScriptedWorld) {
  expect((await signIn()).page.json()).toEqual({ sub: "ada" });
}

describe("what is known of the provider", () => {
  test("is asked for once by 50 logins at once after a cold start", async () => {
    const { provider, signIn } = await startScriptedWorld();
    const pages = await Promise.all(many.map(async () => (await signIn()).page.status));
    expect(new Set(pages)).toEqual(new Set([200]));
    expect(provider.calls("token")).toBe(50);
    expect({ discovery: provider.calls("discovery"), keys: provider.calls("jwks") }).toEqual({ discovery: 1, keys: 1 });
  });

  test("includes a new key from its first use, fetched once for 50 logins at once", async () => {
    const world = await startScriptedWorld();
    await expectSignIn(world);
    world.provider.rotateKeys();
    await Promise.all(many.map(() => expectSignIn(world)));
    expect(world.provider.calls("jwks")).toBe(2);
    world.provider.rotateKeys();
    await expectSignIn(world);
    expect(world.provider.calls("jwks")).toBe(3);
  });

  test("is not asked for before it is needed", async () => {
    const { app, provider } = await startScriptedWorld();
    await new Browser().get(`${app.url}/public`);
    expect(provider.seen).toEqual([]);
  });

  test("is kept when the keys can't be fetched again after their time", async () => {
    const clock = stopClock();
    const world = await startScriptedWorld();
    await expectSignIn(world);
    world.provider.fail("jwks", { status: 503 });
    clock.advance(700);
    await expectSignIn(world);
    await expectSignIn(world);
    expect(world.provider.calls("jwks")).toBe(2);
  });

  test("is kept when the discovery document can't be fetched again after its time", async () => {
    const clock = stopClock();
    const world = await startScriptedWorld();
    await expectSignIn(world);
    world.provider.fail("discovery", "reset");
    clock.advance(4000);
    await expectSignIn(world);
    expect(world.provider.calls("discovery")).toBe(2);
  });
});

describe("the provider's discovery document", () => {
  test("may be a redirect away, within the provider's origin", async () => {
    const world = await startScriptedWorld();
    const location = "/.well-known/openid-configuration?again";
    world.provider.fail("discovery", { status: 301, headers: { location } }, 1);
    await expectSignIn(world);
    expect(world.provider.calls("discovery")).toBe(2);
  });

  test("is not looked for at another origin", async () => {
    const world = await startScriptedWorld();
    const stranger = await startScriptedProvider();
    stranger.script.metadata = metadataOf(world.provider);
    const location = `${stranger.issuer}/.well-known/openid-configuration`;
    world.provider.fail("discovery", { status: 302, headers: { location } });
    expect(await outcomeOf(world)).toMatchObject({ status: 502, code: "OIDC_PROVIDER_RESPONSE_INVALID" });
    expect(stranger.seen).toEqual([]);
  });

  test("does not lead in circles", async () => {
    const world = await startScriptedWorld();
    world.provider.fail("discovery", { status: 302, headers: { location: "?again" } });
    expect(await outcomeOf(world)).toMatchObject({ status: 502, code: "OIDC_PROVIDER_RESPONSE_INVALID" });
    expect(world.provider.calls("discovery")).toBeLessThan(10);
  });

  test("that names another issuer is refused, and the error says which", async () => {
    const world = await startScriptedWorld();
    world.provider.script.metadata = { issuer: "https://other.example/tenant" };
    const failure = await outcomeOf(world);
    expect(failure).toMatchObject({ status: 502, code: "OIDC_PROVIDER_RESPONSE_INVALID" });
    expect(failure.message).toContain("https://other.example/tenant");
  });

  test("may be what the option issuer names, and is checked all the same", async () => {
    const provider = await startScriptedProvider();
    const issuer = `${provider.issuer}/.well-known/openid-configuration`;
    const world = await startScriptedWorld({ provider, options: { issuer } });
    await expectSignIn(world);
    const other = await startScriptedProvider();
    other.script.metadata = { issuer: "https://other.example" };
    const wrong = { issuer: `${other.issuer}/.well-known/openid-configuration` };
    expect((await outcomeOf(await startScriptedWorld({ provider: other, options: wrong }))).status).toBe(502);
  });

  test("is not needed where the option issuer holds the metadata", async () => {
    const provider = await startScriptedProvider();
    const world = await startScriptedWorld({ provider, options: { issuer: metadataOf(provider) } });
    await expectSignIn(world);
    expect(provider.calls("discovery")).toBe(0);
  });
});

describe("a provider in trouble", () => {
  test("that is away when the app starts is named, and people log in as soon as it is there", async () => {
    const provider = await startScriptedProvider();
    await provider.stop();
    const world = await startScriptedWorld({ provider });
    const failure = await outcomeOf(world);
    expect(failure).toMatchObject({ status: 502, code: "OIDC_PROVIDER_UNREACHABLE" });
    expect(failure.message).toContain(provider.issuer);
    expect((await new Browser().get(`${world.app.url}/public`)).json()).toEqual({ open: true });
    await provider.start();
    await expectSignIn(world);
  });

  const endpoints = ["discovery", "jwks", "token"] as const;
  const faults: [string, Fault, number, string][] = [
    ["cuts the connection", "reset", 502, "OIDC_PROVIDER_UNREACHABLE"],
    ["answers 500", { status: 500, text: "oops" }, 502, "OIDC_PROVIDER_UNAVAILABLE"],
    ["answers 503 with JSON", { status: 503, json: { error: "busy" } }, 502, "OIDC_PROVIDER_UNAVAILABLE"],
    ["answers 429", { status: 429, text: "slow down" }, 502, "OIDC_PROVIDER_UNAVAILABLE"],
    ["answers HTML with status 200", "html", 502, "OIDC_PROVIDER_RESPONSE_INVALID"],
    ["answers 404", { status: 404, text: "nothing here" }, 502, "OIDC_PROVIDER_RESPONSE_INVALID"],
    ["answers null", { status: 200, json: null }, 502, "OIDC_PROVIDER_RESPONSE_INVALID"],
    ["answers a list", { status: 200, json: [] }, 502, "OIDC_PROVIDER_RESPONSE_INVALID"],
    ["answers {}", { status: 200, json: {} }, 502, "OIDC_PROVIDER_RESPONSE_INVALID"],
    ["redirects", { status: 302, headers: { location: "http://[::1]:9/" } }, 502, "OIDC_PROVIDER_RESPONSE_INVALID"],
  ];
  describe.each(endpoints)("whose %s endpoint", (endpoint) => {
    test.each(faults)("%s is reported, and forgiven", async (_name, fault, status, code) => {
      const world = await startScriptedWorld();
      world.provider.fail(endpoint, fault);
      expect(await outcomeOf(world)).toMatchObject({ status, code });
      world.provider.heal();
      await expectSignIn(world);
    });

    test("breaks off in the middle of its answer is reported with 502", async () => {
      const world = await startScriptedWorld();
      world.provider.fail(endpoint, "half");
      expect((await outcomeOf(world)).status).toBe(502);
    });

    test.each(["silence", "stall"] as const)("falls into %s is reported in time", async (fault) => {
      const world = await startScriptedWorld({ options: { http: { timeout: 0.5 } } });
      world.provider.fail(endpoint, fault);
      const began = performance.now();
      expect(await outcomeOf(world)).toMatchObject({ status: 504, code: "OIDC_PROVIDER_TIMEOUT" });
      expect(performance.now() - began).toBeLessThan(4000);
    });
  });

  test.each([
    ["no list", { keys: "none" }],
    ["a list of rubbish", { keys: [17, null] }],
    ["keys that are none", { keys: [{ kty: "EC", crv: "P-256", kid: "es256-0", x: "!", y: "!" }] }],
    ["keys that lack a part", { keys: [{ kty: "EC", crv: "P-256", kid: "es256-0" }] }],
    ["no keys", { keys: [] }],
  ])("whose key document has %s is reported with 502", async (_name, jwks) => {
    const world = await startScriptedWorld();
    world.provider.script.jwks = jwks;
    expect(await outcomeOf(world)).toMatchObject({ status: 502, code: "OIDC_PROVIDER_RESPONSE_INVALID" });
  });
});

function metadataOf({ issuer }: ScriptedProvider) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    id_token_signing_alg_values_supported: ["ES256"],
  };
}
