/**
 * Other access tokens of one login, for other APIs or with less scope (RFC 8707): got by its refresh token, kept with it.
 * @module
 */
import { type AccessTokenOptions, oidcOf } from "express-oidc";
import { describe, expect, test } from "vitest";
import { createMemoryState } from "../../src/state/memory.js";
import type { TestApp } from "../support/app.js";
import { postToken } from "../support/back-channel.js";
import { stopClock } from "../support/clock.js";
import { signInEach, startTwo, statuses } from "../support/processes.js";
import { ScriptedStore } from "../support/scripted-store.js";
import {
  answerWith,
  failureIn,
  heldIn,
  type ScriptedWorldOptions,
  startScriptedWorld,
} from "../support/scripted-world.js";

const record = /^oidc-[\w-]{32}$/;
const orders = "resource=https://orders.example";
const stock = "resource=https://stock.example";

function optionsIn(url: string | undefined): AccessTokenOptions {
  const query = new URL(url ?? "", "http://localhost").searchParams;
  const [resource, scope] = [query.getAll("resource"), query.get("scope")];
  return { ...(resource.length > 0 && { resource }), ...(scope !== null && { scope }) };
}

/** `/other?resource=...&scope=...` answers that access token, `/other-again` a new one. No guard, so that nothing else is renewed. */
function routes(app: TestApp): void {
  app.get(
    "/other",
    answerWith(async (req) => ({ token: await oidcOf(req).getAccessToken(optionsIn(req.url)) })),
  );
  app.get(
    "/other-again",
    answerWith(async (req) => ({ token: await oidcOf(req).refresh(optionsIn(req.url)) })),
  );
}

/** A world in which somebody has signed in with an access token of an hour. */
async function startSignedIn(options: ScriptedWorldOptions = {}) {
  const clock = stopClock();
  const world = await startScriptedWorld({ ...options, routes });
  const { browser, page } = await world.signIn("/held");
  const get = async (query: string, path = "/other") => {
    const answer = await browser.fetch(`${path}?${query}`);
    return answer.status === 200 ? (answer.json() as { token: string }).token : failureIn(answer).code;
  };
  return { ...world, clock, browser, get, first: heldIn(page) };
}

describe("another access token of a login", () => {
  test("is for what it was asked for, and leaves the login's own as it is", async () => {
    const { browser, first, get, provider } = await startSignedIn();
    const token = await get(`${orders}&scope=orders:read`);
    const { form } = provider.lastCall("refresh") ?? {};
    expect([form?.getAll("resource"), form?.get("scope")]).toEqual([["https://orders.example"], "orders:read"]);
    expect(token).not.toBe(first.accessToken);
    const after = heldIn(await browser.fetch("/held"));
    expect(after).toEqual({ ...first, refreshToken: expect.not.stringMatching(first.refreshToken ?? "") });
  });

  test("is asked for once and kept with the login, apart for each resource and scope", async () => {
    const { get, provider } = await startSignedIn();
    const queries = [orders, stock, `${orders}&${stock}`, "scope=openid", `${orders}&scope=openid`];
    const tokens = [];
    for (const query of queries) tokens.push(await get(query));
    expect(new Set(tokens).size).toBe(5);
    for (const [at, query] of queries.entries()) expect(await get(query)).toBe(tokens[at]);
    expect(await get(`${stock}&${orders}`)).toBe(tokens[2]);
    expect(provider.calls("refresh")).toBe(5);
  });

  test("is renewed when it is due, by itself", async () => {
    const { clock, get, provider } = await startSignedIn();
    const before = await get(orders);
    clock.advance(3539);
    expect(await get(orders)).toBe(before);
    clock.advance(1);
    expect(await get(orders)).not.toBe(before);
    expect(provider.calls("refresh")).toBe(2);
  });

  test("is new on demand", async () => {
    const { first, browser, get, provider } = await startSignedIn();
    const before = await get(orders);
    const again = await get(orders, "/other-again");
    expect(again).not.toBe(before);
    expect(await get(orders)).toBe(again);
    expect(await get(stock, "/other-again")).not.toBe(again);
    expect(heldIn(await browser.fetch("/held")).accessToken).toBe(first.accessToken);
    expect(provider.calls("refresh")).toBe(3);
  });

  test("is the login's own where nothing in particular is asked for", async () => {
    const { first, get, provider } = await startSignedIn();
    expect([await get(""), provider.calls("refresh")]).toEqual([first.accessToken, 0]);
  });

  test("is kept for ten resources: the one that was issued longest ago goes first", async () => {
    const { get, provider } = await startSignedIn();
    for (let count = 0; count < 11; count += 1) await get(`resource=urn:api:${count}`);
    await get("resource=urn:api:10");
    await get("resource=urn:api:1");
    expect(provider.calls("refresh")).toBe(11);
    await get("resource=urn:api:0");
    expect(provider.calls("refresh")).toBe(12);
  });

  test("lives on when the login's own is renewed, and the other way round", async () => {
    const { clock, browser, get, provider } = await startSignedIn();
    clock.advance(1800);
    const token = await get(orders);
    clock.advance(1800);
    expect((await browser.fetch("/token")).status).toBe(200);
    expect(await get(orders)).toBe(token);
    expect(provider.calls("refresh")).toBe(2);
  });

  test("is sealed in the store, as all of the login is", async () => {
    const store = new ScriptedStore();
    const { get } = await startSignedIn({ options: { session: { store } } });
    const token = await get(orders);
    const dump = JSON.stringify(await store.dump());
    expect(token).toMatch(/^at-/);
    expect(dump).not.toContain(token);
    expect(dump).not.toContain("orders.example");
  });

  test.each([
    ["resource=orders", /getAccessToken\(\) resource: must be an absolute URI/],
    ["resource=https://orders.example%23part", /without fragment/],
    ["scope=", /getAccessToken\(\) scope: must be a text/],
  ])("can't be asked for by %s", async (query, message) => {
    const { browser, provider } = await startSignedIn();
    const failure = failureIn(await browser.fetch(`/other?${query}`));
    expect(failure).toMatchObject({ status: 500, code: "OIDC_OPTIONS", message: expect.stringMatching(message) });
    expect(provider.calls("refresh")).toBe(0);
  });

  test("needs somebody who is signed in", async () => {
    const { app } = await startSignedIn();
    const answer = await fetch(`${app.url}/other?${orders}`);
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: "OIDC_SESSION_MISSING" }]);
  });

  test("needs a refresh token", async () => {
    const world = await startScriptedWorld({ routes });
    world.provider.script.refreshTokens = "none";
    const { browser } = await world.signIn();
    const expired = { status: 401, code: "OIDC_TOKEN_EXPIRED" };
    expect(failureIn(await browser.fetch(`/other?${orders}`))).toMatchObject(expired);
    expect((await browser.fetch("/token")).status).toBe(200);
  });
});

describe("many at once", () => {
  test("100 requests for two resources are two refresh calls, one after the other, each with the newest refresh token", async () => {
    const { get, provider } = await startSignedIn();
    const held = provider.hold("refresh");
    const asked = Promise.all(Array.from({ length: 100 }, (_, at) => get(at % 2 === 0 ? orders : stock)));
    await held.arrived;
    expect(provider.calls("refresh")).toBe(1);
    held.release();
    const tokens = await asked;
    expect(new Set(tokens).size).toBe(2);
    expect(tokens.every((token) => String(token).startsWith("at-"))).toBe(true);
    expect(provider.calls("refresh")).toBe(2);
  });

  test("the login's own token, due too, takes its turn with them", async () => {
    const { browser, clock, get, provider } = await startSignedIn();
    clock.advance(3700);
    const own = Array.from({ length: 20 }, () => browser.fetch("/token"));
    const others = Array.from({ length: 40 }, (_, at) => get(at % 2 === 0 ? orders : stock));
    expect(new Set((await Promise.all(own)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(await Promise.all(others)).size).toBe(2);
    expect(provider.calls("refresh")).toBe(3);
    expect((await browser.fetch("/api")).status).toBe(200);
  });

  test("two processes that share state take turns, and see each other's", async () => {
    const { first, second } = await startTwo({
      routes,
      options: { session: { store: new ScriptedStore() }, state: createMemoryState() },
    });
    const { browser } = await first.signIn();
    const headers = { cookie: browser.cookies.header(new URL(first.app.baseUrl)) };
    const asked = Array.from({ length: 40 }, async (_, at) => {
      const { url } = (at % 2 === 0 ? first : second).app;
      const answer = await fetch(`${url}/other?${at % 4 < 2 ? orders : stock}`, { headers });
      return [answer.status, await answer.text()];
    });
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(([status]) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(([, text]) => text)).size).toBe(2);
    expect(first.provider.calls("refresh")).toBe(2);
  });

  test("two processes without shared state get what they need, though one is refused the spent refresh token", async () => {
    const store = new ScriptedStore();
    const { first, second } = await startTwo({ routes, options: { session: { store } } });
    const browsers = await signInEach(first, [{ sub: "ada" }]);
    const headers = { cookie: browsers[0]?.cookies.header(new URL(first.app.baseUrl)) ?? "" };
    const held = first.provider.hold("refresh");
    const get = async ({ url }: { readonly url: string }, query: string) =>
      (await fetch(`${url}/other?${query}`, { headers })).json() as Promise<{ token: string }>;
    const asked = [get(first.app, orders), get(second.app, stock)];
    await expect.poll(() => first.provider.calls("refresh"), { timeout: 5000 }).toBe(2);
    first.provider.fail("refresh", { status: 400, json: { error: "invalid_grant" } }, 1);
    held.release();
    const [one, other] = await Promise.all(asked);
    expect([one?.token, other?.token]).toEqual([expect.stringMatching(/^at-/), expect.stringMatching(/^at-/)]);
    expect([await get(second.app, orders), await get(first.app, stock)]).toEqual([one, other]);
    expect(first.provider.calls("refresh")).toBe(3);
    expect(await statuses(browsers, first)).toEqual([200]);
  });
});

describe("an outage", () => {
  test("leaves another access token in use as long as it is good", async () => {
    const { clock, get, provider } = await startSignedIn();
    const token = await get(orders);
    provider.fail("refresh", { status: 503 });
    clock.advance(3550);
    expect(await get(orders)).toBe(token);
    expect(await get(orders, "/other-again")).toBe("OIDC_PROVIDER_UNAVAILABLE");
    clock.advance(60);
    expect(await get(orders)).toBe("OIDC_PROVIDER_UNAVAILABLE");
    provider.heal();
    clock.advance(5);
    expect(await get(orders)).toMatch(/^at-/);
  });

  test("is probed once in five seconds, whatever is needed", async () => {
    const { get, provider } = await startSignedIn();
    provider.fail("refresh", { status: 503 });
    for (const query of [orders, stock, orders]) expect(await get(query)).toBe("OIDC_PROVIDER_UNAVAILABLE");
    expect(provider.calls("refresh")).toBe(1);
  });

  test("of the store loses no refresh token: what was granted is written when it is back, and serves", async () => {
    const store = new ScriptedStore();
    const { app, browser, get, provider } = await startSignedIn({ options: { session: { store } } });
    store.fail("set", record);
    expect(await get(orders)).toBe("OIDC_STATE_UNAVAILABLE");
    expect(await get(stock)).toBe("OIDC_STATE_UNAVAILABLE");
    expect(provider.calls("refresh")).toBe(1);
    store.heal();
    await app.instance.close();
    expect(await get(orders)).toMatch(/^at-/);
    expect(provider.calls("refresh")).toBe(1);
    expect((await browser.fetch("/refresh")).status).toBe(200);
  });
});

test("what was granted before and could not be written comes first, whatever is needed then", async () => {
  const store = new ScriptedStore();
  const { app, get, provider } = await startSignedIn({ options: { session: { store } } });
  store.fail("set", record);
  expect(await get(orders)).toBe("OIDC_STATE_UNAVAILABLE");
  // the store has lost the record for a while: then nobody goes on trying to write it
  await store.tamper((stored) => ({ ...stored, v: 99 }));
  await app.instance.close();
  await store.tamper((stored) => ({ ...stored, v: 1 }));
  store.heal();
  expect(await get(stock)).toMatch(/^at-/);
  expect(await get(orders)).toMatch(/^at-/);
  expect(provider.calls("refresh")).toBe(2);
});

describe("what the provider does not grant", () => {
  test("is told, and concerns that resource alone", async () => {
    const { browser, get, provider } = await startSignedIn();
    provider.script.unknownResources = ["https://orders.example"];
    for (const _time of [1, 2]) {
      const failure = failureIn(await browser.fetch(`/other?${orders}`));
      expect(failure).toMatchObject({ status: 502, code: "OIDC_PROVIDER_REFUSED" });
      expect(failure.message).toContain("invalid_target. Check resource");
    }
    expect(await get(stock)).toMatch(/^at-/);
    expect((await browser.fetch("/refresh")).status).toBe(200);
    expect(provider.calls("refresh")).toBe(3);
  });

  test("because the grant is over ends the login, with all of its tokens", async () => {
    const store = new ScriptedStore();
    const { browser, get, provider } = await startSignedIn({ options: { session: { store } } });
    await get(stock);
    provider.grants.revokeLast();
    expect(await get(orders)).toBe("OIDC_SESSION_REFRESH_REJECTED");
    expect(await get(stock)).toBe("OIDC_SESSION_MISSING");
    expect((await browser.fetch("/api")).status).toBe(401);
    expect((await store.ids()).filter((id) => record.test(id))).toEqual([]);
  });

  test.each([
    ["speaks of another person", { sub: "mallory" }, "OIDC_SESSION_REFRESH_REJECTED"],
    ["is there no more", false, /^at-/],
  ] as const)("is a login whose ID token %s", async (_what, renewedIdToken, outcome) => {
    const { get, provider } = await startSignedIn();
    provider.script.renewedIdToken = renewedIdToken;
    expect(await get(orders)).toMatch(outcome);
  });
});

describe("a logout", () => {
  test("wins over another access token that is being got", async () => {
    const store = new ScriptedStore();
    const { app, browser, get, provider } = await startSignedIn({ options: { session: { store } } });
    const cookie = browser.cookies.header(new URL(app.url));
    const held = provider.hold("refresh");
    const getting = get(orders);
    await held.arrived;
    await postToken(app, provider.logoutToken());
    held.release();
    expect(await getting).toBe("OIDC_SESSION_ENDED");
    expect((await store.ids()).filter((id) => record.test(id))).toEqual([]);
    expect((await browser.fetch("/api", { headers: { cookie } })).status).toBe(401);
  });
});

test("req.oidc knows the client of its app", async () => {
  const seen: unknown[] = [];
  const world = await startScriptedWorld({
    routes: (app) =>
      app.get(
        "/client",
        answerWith(async (req) => {
          const { client } = oidcOf(req);
          seen.push(client);
          const subjectToken = await oidcOf(req).getAccessToken();
          const { accessToken } = await client.exchangeToken({ subjectToken, audience: "stock" });
          return client.userinfo(accessToken);
        }),
      ),
  });
  const { browser } = await world.signIn();
  expect((await browser.fetch("/client")).json()).toMatchObject({ sub: "ada" });
  expect(seen).toEqual([world.app.instance.client]);
});
