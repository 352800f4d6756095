/**
 * Issuers that are no OpenID Providers, and describe themselves as OAuth authorization servers do (RFC 8414).
 * @module
 */
import { describe, expect, test } from "vitest";
import { type Api, startApi } from "../support/api-world.js";
import { serve } from "../support/exchange.js";
import { type ScriptedProvider, startScriptedProvider } from "../support/scripted-provider.js";
import { startScriptedWorld } from "../support/scripted-world.js";

const wellKnown = "/.well-known/oauth-authorization-server";

/** An issuer without a document of OpenID Connect. */
async function startServer(): Promise<ScriptedProvider> {
  const issuer = await startScriptedProvider();
  issuer.script.discovery = "serverDiscovery";
  return issuer;
}

/** What an API's operator learns when a token can't be judged. */
async function failureOf(api: Api): Promise<{ status: number; message: string }> {
  const { status } = await api.call(await api.issuer.accessToken());
  return { status, message: String(api.errors[0]) };
}

describe("an issuer that describes itself as an authorization server only", () => {
  test("is found by an API, and asked once", async () => {
    const { call, issuer } = await startApi({ issuer: await startServer() });
    expect((await call(await issuer.accessToken())).status).toBe(200);
    expect((await call(await issuer.accessToken())).status).toBe(200);
    expect([issuer.calls("discovery"), issuer.calls("serverDiscovery")]).toEqual([1, 1]);
  });

  test("is found by auth() too, and people log in there", async () => {
    const world = await startScriptedWorld({ provider: await startServer() });
    expect((await world.signIn()).page.json()).toEqual({ sub: "ada" });
  });

  test("is looked for with its path behind the well-known one", async () => {
    const keys = await startScriptedProvider();
    const url = await serve((req, res) => {
      const isThere = req.url === `${wellKnown}/tenant`;
      const metadata = { issuer: `${url}/tenant`, jwks_uri: `${keys.issuer}/jwks` };
      res.writeHead(isThere ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(metadata));
    });
    const { call } = await startApi({ guard: { issuer: `${url}/tenant` } });
    expect((await call(await keys.accessToken({ iss: `${url}/tenant` }))).status).toBe(200);
  });

  test("is believed only where it names itself as the option issuer does", async () => {
    const api = await startApi({ issuer: await startServer() });
    api.issuer.script.metadata = { issuer: "https://other.example" };
    const failure = await failureOf(api);
    expect(failure.status).toBe(502);
    expect(failure.message).toContain("calls itself https://other.example");
  });

  test("and fails to is reported with both addresses", async () => {
    const api = await startApi({ issuer: await startServer() });
    api.issuer.fail("serverDiscovery", { status: 500, text: "oops" });
    const failure = await failureOf(api);
    expect(failure.status).toBe(503);
    expect(failure.message).toContain(api.issuer.issuer + wellKnown);
    expect(failure.message).toContain(`${api.issuer.issuer}/.well-known/openid-configuration`);
  });
});

describe("an issuer that describes itself nowhere", () => {
  test("is reported with both addresses, and what to do", async () => {
    const api = await startApi();
    api.issuer.fail("discovery", { status: 404, text: "nothing here" });
    const failure = await failureOf(api);
    expect(failure.status).toBe(502);
    expect(failure.message).toContain(api.issuer.issuer + wellKnown);
    expect(failure.message).toContain(`${api.issuer.issuer}/.well-known/openid-configuration`);
    expect(failure.message).toContain("Correct the option issuer");
  });
});

describe("an OpenID Provider", () => {
  test("is never asked for the other document", async () => {
    const { call, issuer } = await startApi();
    expect((await call(await issuer.accessToken())).status).toBe(200);
    expect(issuer.calls("serverDiscovery")).toBe(0);
  });

  test.each([403, 410, 500, 503])("that answers %i is in trouble, and not asked for it either", async (status) => {
    const api = await startApi();
    api.issuer.fail("discovery", { status, text: "oops" });
    expect((await failureOf(api)).status).toBeGreaterThanOrEqual(502);
    expect(api.issuer.calls("serverDiscovery")).toBe(0);
  });
});
