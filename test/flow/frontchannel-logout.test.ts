import helmet from "helmet";
import { describe, expect, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import type { LogoutEvent } from "../../src/options.js";
import { ask, isSignedIn, linked, sessionCookieOf, typed } from "../support/asking.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { type ScriptedWorld, type ScriptedWorldOptions, startScriptedWorld } from "../support/scripted-world.js";

const framed = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" };

const addressOf = (world: ScriptedWorld, query: Readonly<Record<string, string>> = {}) =>
  `${world.app.baseUrl}/frontchannel-logout?${new URLSearchParams(query)}`;

/** What the frame is answered, in a browser that sends cookies along. */
const openFrame = (world: ScriptedWorld, browser: Browser | undefined, query?: Readonly<Record<string, string>>) =>
  ask(addressOf(world, query), { headers: framed, ...(browser !== undefined && { browser }) });

/** What names the login of {@link startSignedIn}. */
type Own = Record<"iss" | "sid", string>;

async function startSignedIn(options: ScriptedWorldOptions = {}) {
  const world = await startScriptedWorld(options);
  const { browser } = await world.signIn();
  return { world, browser, own: { iss: world.provider.issuer, sid: "op-session-1" } };
}

describe("a frame that names the login", () => {
  test("ends it, and takes the cookie away", async () => {
    const { world, browser, own } = await startSignedIn();
    const { name } = sessionCookieOf(browser) ?? {};
    const answer = await openFrame(world, browser, own);
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie().find((line) => line.startsWith(`${name}=;`))).toMatch(/Max-Age=0/);
    expect(await isSignedIn(browser, world.app.baseUrl)).toBe(false);
  });

  test("takes the worth of its cookie, whoever has kept that", async () => {
    const { world, browser, own } = await startSignedIn();
    const cookie = browser.cookies.header(new URL(world.app.url));
    await openFrame(world, browser, own);
    expect((await ask(`${world.app.baseUrl}/api`, { headers: { cookie } })).status).toBe(401);
  });

  test("leaves nothing of it in the store", async () => {
    const store = new ScriptedStore();
    const { world, browser, own } = await startSignedIn({ options: { session: { store } } });
    await openFrame(world, browser, own);
    expect(await store.ids()).toEqual([]);
  });

  test("ends no other login of the person", async () => {
    const { world, browser, own } = await startSignedIn();
    const { browser: other } = await world.signIn();
    await openFrame(world, browser, own);
    expect(await isSignedIn(other, world.app.baseUrl)).toBe(true);
  });

  test("tells onLogout once, however often it is opened", async () => {
    const told: LogoutEvent[] = [];
    const { world, browser, own } = await startSignedIn({ options: { onLogout: (event) => void told.push(event) } });
    await openFrame(world, browser, own);
    await openFrame(world, browser, own);
    expect(told.map(({ by, user }) => [by, user.sub])).toEqual([["frontchannel", "ada"]]);
  });

  test("is 503 while the store is away, and the login stays", async () => {
    const store = new ScriptedStore();
    const { world, browser, own } = await startSignedIn({ options: { session: { store } } });
    store.fail("get");
    expect((await openFrame(world, browser, own)).status).toBe(503);
    store.heal();
    expect(await isSignedIn(browser, world.app.baseUrl)).toBe(true);
  });
});

describe("a frame that does not mean this login", () => {
  test.each<[string, (own: Own) => Partial<Own>]>([
    ["another sid", () => ({ sid: "op-session-2" })],
    ["an empty sid", () => ({ sid: "" })],
    ["another issuer", () => ({ iss: "https://evil.example" })],
    ["the issuer with a slash more", ({ iss }) => ({ iss: `${iss}/` })],
  ])("ends nothing with %s", async (_what, change) => {
    const { world, browser, own } = await startSignedIn();
    const answer = await openFrame(world, browser, { ...own, ...change(own) });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []]);
    expect(await isSignedIn(browser, world.app.baseUrl)).toBe(true);
  });

  test.each(["iss", "sid"] as const)("is refused with %s alone", async (name) => {
    const { world, browser, own } = await startSignedIn();
    const answer = await openFrame(world, browser, { [name]: own[name] });
    expect([answer.status, answer.json()]).toMatchObject([400, { code: "OIDC_REQUEST_INVALID" }]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await isSignedIn(browser, world.app.baseUrl)).toBe(true);
  });

  test("with a sid ends no login that has none", async () => {
    const world = await startScriptedWorld();
    world.provider.script.idToken = { sid: undefined };
    const { browser } = await world.signIn();
    await openFrame(world, browser, { iss: world.provider.issuer, sid: "undefined" });
    expect(await isSignedIn(browser, world.app.baseUrl)).toBe(true);
  });
});

describe("a frame that names nothing", () => {
  test.each([
    ["leaves a login that has a sid", "op-session-1", true],
    ["ends a login that has none either", undefined, false],
  ])("%s", async (_what, sid, stays) => {
    const world = await startScriptedWorld();
    world.provider.script.idToken = { sid };
    const { browser } = await world.signIn();
    expect((await openFrame(world, browser)).status).toBe(200);
    expect(await isSignedIn(browser, world.app.baseUrl)).toBe(stays);
  });
});

describe("a request that names nothing, in the browser of a login without a sid", () => {
  async function isSignedInAfter(headers: Readonly<Record<string, string>>) {
    const world = await startScriptedWorld();
    world.provider.script.idToken = { sid: undefined };
    const { browser } = await world.signIn();
    expect((await ask(addressOf(world), { browser, headers })).status).toBe(200);
    return isSignedIn(browser, world.app.baseUrl);
  }

  test.each<[string, Readonly<Record<string, string>>]>([
    ["a link on another site", { ...typed, "sec-fetch-site": "cross-site" }],
    ["a link on a sub-domain", { ...typed, "sec-fetch-site": "same-site" }],
    ["a link of this site", linked],
    ["a typed address", typed],
    ["an image", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }],
    ["another site, in a browser that does not tell a frame", { "sec-fetch-site": "cross-site" }],
  ])("ends nothing when it comes from %s", async (_who, headers) => {
    expect(await isSignedInAfter(headers)).toBe(true);
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ["a frame", framed],
    ["a frame of a frameset", { ...framed, "sec-fetch-dest": "frame" }],
    ["a frame on a sub-domain", { ...framed, "sec-fetch-site": "same-site" }],
    ["a browser that sends no Fetch Metadata", {}],
  ])("ends it when it comes from %s", async (_who, headers) => {
    expect(await isSignedInAfter(headers)).toBe(false);
  });
});

describe("the answer in the frame", () => {
  const policyOf = (answer: Awaited<ReturnType<typeof ask>>) => answer.headers.get("content-security-policy");

  test.each([
    ["no cookie", undefined],
    ["a stranger's browser", new Browser()],
  ])("is 200 with %s", async (_what, browser) => {
    const world = await startScriptedWorld();
    expect((await openFrame(world, browser, { iss: world.provider.issuer, sid: "s" })).status).toBe(200);
  });

  test.each([
    ["helmet", true],
    ["nothing", false],
  ])("may be framed by the provider alone, and kept by nobody, behind %s", async (_what, hasHelmet) => {
    const world = await startScriptedWorld({ before: (app) => void (hasHelmet && app.use(helmet() as never)) });
    const { headers } = await openFrame(world, undefined);
    expect(headers.get("content-security-policy")).toBe(`default-src 'none'; frame-ancestors ${world.provider.issuer}`);
    expect(headers.get("x-frame-options")).toBeNull();
    expect(headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  test("may also be framed by the provider's other origins, where its pages are", async () => {
    const world = await startScriptedWorld();
    world.provider.script.metadata = { end_session_endpoint: "https://out.example/bye?x=1" };
    expect(policyOf(await openFrame(world, undefined))).toBe(
      `default-src 'none'; frame-ancestors ${world.provider.issuer} https://out.example`,
    );
  });

  test("is the only one of ours that anybody may frame", async () => {
    const { world, browser } = await startSignedIn();
    for (const path of ["/logged-out", "/logout", "/login", "/callback?state=x&code=y", "/backchannel-logout"]) {
      const answer = await ask(world.app.baseUrl + path, { browser, headers: { "sec-fetch-site": "cross-site" } });
      expect([path, policyOf(answer) ?? ""]).not.toEqual([path, expect.stringContaining(world.provider.issuer)]);
      if (answer.status >= 400 && answer.status !== 405) continue;
      expect([path, answer.headers.get("x-frame-options")]).toEqual([path, "DENY"]);
      expect([path, policyOf(answer)]).toEqual([path, expect.stringContaining("frame-ancestors 'none'")]);
    }
  });

  test.each(["HEAD", "POST", "PUT"])("is 405 for %s, and ends nothing", async (method) => {
    const { world, browser, own } = await startSignedIn();
    const answer = await ask(addressOf(world, own), { method, browser, headers: framed });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET"]);
    expect(await isSignedIn(browser, world.app.baseUrl)).toBe(true);
  });

  test("is not there when it is turned off", async () => {
    const { world, browser, own } = await startSignedIn({ options: { routes: { frontchannelLogout: false } } });
    expect((await openFrame(world, browser, own)).status).toBe(404);
    expect(await isSignedIn(browser, world.app.baseUrl)).toBe(true);
  });

  test("answers at the path that the app has chosen", async () => {
    const { world, browser, own } = await startSignedIn({ options: { routes: { frontchannelLogout: "/bye" } } });
    const { status } = await ask(`${world.app.baseUrl}/bye?${new URLSearchParams(own)}`, { browser, headers: framed });
    expect([status, await isSignedIn(browser, world.app.baseUrl)]).toEqual([200, false]);
  });
});
