/**
 * The URL that a proof names (RFC 9449 4.3): that of the call from outside, however it is written and whatever the call says of itself.
 * @module
 */
import { requireBearer } from "express-oidc";
import { describe, expect, test } from "vitest";
import { refusalIn, startApi, whatIsShown } from "../support/api-world.js";
import { frameworks, sendJson, startApp } from "../support/app.js";
import { ask } from "../support/asking.js";
import { brokenProof, startBoundApi, takesProofs } from "../support/bound-api.js";
import { apiUrl, createBoundCaller } from "../support/dpop-caller.js";
import { startProxy } from "../support/proxy.js";
import { rawRequest, sendRaw } from "../support/raw.js";
import { apiAudience, startScriptedProvider } from "../support/scripted-provider.js";

const OTHER = brokenProof("its htu is not the URL of this call");

describe("a proof is good for its call", () => {
  test.each([
    ["in the letters of the call", "/orders", "https://api.example.org/orders"],
    ["with host and scheme in capitals", "/orders", "HTTPS://API.Example.ORG/orders"],
    ["with the port that goes without saying", "/orders", "https://api.example.org:443/orders"],
    ["without the query of the call", "/orders?page=2", "https://api.example.org/orders"],
    ["with a query and a fragment of its own", "/orders?page=2", "https://api.example.org/orders?page=3#top"],
    ["with percent signs where none are needed", "/a-b", "https://api.example.org/%61%2Db"],
    ["without percent signs where the call has them", "/%61%2Db", "https://api.example.org/a-b"],
    ["with percent signs in other letters", "/caf%c3%a9", "https://api.example.org/caf%C3%A9"],
    ["with letters that a URL can't have", "/caf%C3%A9", "https://api.example.org/caf\u00e9"],
    ["with steps up that lead there", "/orders", "https://api.example.org/x/../orders"],
    ["at the front page, without its slash", "/", "https://api.example.org"],
  ])("%s", async (_how, path, url) => {
    const { ask: call, caller } = await startBoundApi();
    expect((await call({ headers: await caller.headers({ ...caller, url }) }, path)).status).toBe(200);
  });

  test.each([
    ["in another case", "/orders", "https://api.example.org/Orders"],
    ["with a slash at its end", "/orders", "https://api.example.org/orders/"],
    ["with a slash that is none", "/a/b", "https://api.example.org/a%2Fb"],
    ["at another port", "/orders", "https://api.example.org:8443/orders"],
    ["without TLS", "/orders", "http://api.example.org/orders"],
    ["with a user name", "/orders", "https://me@api.example.org/orders"],
    ["of another scheme", "/orders", "wss://api.example.org/orders"],
    ["of a page before it", "/orders/7", "https://api.example.org/orders"],
  ])("and not for the same %s", async (_how, path, url) => {
    const { ask: call, caller } = await startBoundApi();
    expect(refusalIn(await call({ headers: await caller.headers({ ...caller, url }) }, path))).toEqual(OTHER);
  });
});

describe("what a call says of its own address has no say:", () => {
  test("a forged Host header makes no proof good that was made for its host", async () => {
    const { ask: call, caller } = await startBoundApi();
    const forged = { host: "evil.example", "x-forwarded-host": "evil.example", forwarded: "host=evil.example" };
    const stolen = await caller.headers({ ...caller, url: "https://evil.example/" });
    expect(refusalIn(await call({ headers: { ...stolen, ...forged } }))).toEqual(OTHER);
    const honest = await caller.headers(caller);
    expect((await call({ headers: { ...honest, ...forged } })).status).toBe(200);
  });

  test.each([
    ["an absolute target", "http://evil.example/orders", "http://evil.example/orders"],
    ["an absolute target of the API itself", `${apiUrl}/orders`, `${apiUrl}/orders`],
    ["a host in its path", "//evil.example/orders", "https://evil.example/orders"],
    ["steps up", "/orders/../admin", `${apiUrl}/admin`],
    ["steps up with percent signs", "/orders/%2E%2e/admin", `${apiUrl}/admin`],
    ["backslashes", "/orders\\..\\admin", `${apiUrl}/admin`],
  ])("a call with %s is not the one that a proof names", async (_what, target, htu) => {
    const { url, caller } = await startBoundApi();
    const answer = await sendRaw(url, rawRequest(target, await caller.headers({ ...caller, url: htu })));
    expect(answer.status).toBe(401);
    expect(answer.text).toContain("its htu is not the URL of this call");
  });
});

describe("a proof names the address that people know:", () => {
  test.each(frameworks)("below the mount of the guard, on %s", async (framework) => {
    const issuer = await startScriptedProvider();
    const guard = requireBearer({ ...takesProofs, issuer: issuer.issuer, audience: apiAudience });
    const { ask: call } = await startApi({
      framework,
      issuer,
      before: (app) => app.useAt("/v1", guard, (req, res) => sendJson(res, whatIsShown(req))),
    });
    const caller = await createBoundCaller(issuer);
    const good = await caller.headers({ ...caller, url: `${apiUrl}/v1/orders` });
    expect((await call({ headers: good }, "/v1/orders?page=1")).status).toBe(200);
    const below = await caller.headers({ ...caller, url: `${apiUrl}/orders` });
    expect(refusalIn(await call({ headers: below }, "/v1/orders"))).toEqual(OTHER);
  });

  test("before a proxy that cuts the front of the path off", async () => {
    const { url, caller } = await startBoundApi({ baseUrl: `${apiUrl}/shop/` });
    const proxy = await startProxy({ to: url, strip: "/shop" });
    const good = await caller.headers({ ...caller, url: `${apiUrl}/shop/orders` });
    expect((await ask(`${proxy}/shop/orders`, { headers: good })).status).toBe(200);
    const inner = await caller.headers({ ...caller, url: `${apiUrl}/orders` });
    expect(refusalIn(await ask(`${proxy}/shop/orders`, { headers: inner }))).toEqual(OTHER);
  });

  test("before a proxy that leaves the path as it is", async () => {
    const { url, caller } = await startBoundApi({ baseUrl: `${apiUrl}/shop` });
    const proxy = await startProxy({ to: url });
    const good = await caller.headers({ ...caller, url: `${apiUrl}/shop/orders` });
    expect((await ask(`${proxy}/shop/orders`, { headers: good })).status).toBe(200);
  });

  test.each(["", "/app"])("as auth() before the guard knows it, mounted at '%s'", async (mount) => {
    const issuer = await startScriptedProvider();
    const guard = requireBearer({ audience: apiAudience, dpop: true });
    const app = await startApp({
      ...issuer.registration,
      mount,
      options: { baseUrl: `${apiUrl}/shop${mount}` },
      routes: (routes) => routes.get(`${mount}/orders`, guard, (req, res) => sendJson(res, whatIsShown(req))),
    });
    const caller = await createBoundCaller(issuer);
    const good = await caller.headers({ ...caller, url: `${apiUrl}/shop${mount}/orders` });
    expect((await ask(`${app.url}${mount}/orders`, { headers: good })).json()).toMatchObject({ scheme: "DPoP" });
    const again = await ask(`${app.url}${mount}/orders`, { headers: good });
    expect(refusalIn(again)).toEqual(brokenProof("it has been used before; make one for each call"));
    await app.close();
  });
});
