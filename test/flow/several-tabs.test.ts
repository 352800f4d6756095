/**
 * Several logins under way in one browser: each tab comes back to its own page, and what is never finished does not pile up.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "../../examples/demo/browser.js";
import { stopClock } from "../support/clock.js";
import { askToLogIn, logInAtProvider, step, tokenRequests } from "../support/journey.js";
import { startWorld, type World } from "../support/world.js";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const cookieHeader = (browser: Browser) => `Cookie: ${browser.cookies.header(new URL(world.baseUrl))}`;

describe("two tabs that log in side by side", () => {
  test("each come back to their own page, whichever is first", async () => {
    const browser = world.newBrowser();
    const one = await askToLogIn(browser, `${world.baseUrl}/private?tab=1`);
    const two = await askToLogIn(browser, `${world.baseUrl}/private?tab=2`);
    const backTwo = await logInAtProvider(browser, two);
    const backOne = await logInAtProvider(browser, one);
    expect((await browser.follow(backTwo)).url.search).toBe("?tab=2");
    expect((await browser.follow(backOne)).url.search).toBe("?tab=1");
    expect((await browser.fetch("/api")).json()).toEqual({ sub: "user-ada" });
  });

  test("as different people: the one who comes back last is signed in", async () => {
    const browser = world.newBrowser();
    const one = await askToLogIn(browser, `${world.baseUrl}/private?tab=1`);
    const two = await askToLogIn(browser, `${world.baseUrl}/login?returnTo=/private?tab=2`);
    const backOne = await logInAtProvider(browser, one, "ada");
    for (const { name } of browser.cookies.list(new URL(world.provider.issuer))) browser.cookies.clear(name);
    const backTwo = await logInAtProvider(browser, two, "alan");
    await browser.follow(backOne);
    await browser.follow(backTwo);
    expect((await browser.fetch("/api")).json()).toEqual({ sub: "user-alan" });
  });

  test("at the same moment both end signed in, each with a code of its own", async () => {
    const browser = world.newBrowser();
    await browser.get(`${world.baseUrl}/public`);
    const asked = await Promise.all(["1", "2"].map((tab) => step(browser, `${world.baseUrl}/private?tab=${tab}`)));
    const backs: URL[] = [];
    for (const { redirect } of asked) if (redirect !== undefined) backs.push(await logInAtProvider(browser, redirect));
    const before = tokenRequests(world);
    const landed = await Promise.all(backs.map((back) => step(browser, back)));
    expect(landed.map(({ headers }) => headers.get("location"))).toEqual(["/private?tab=1", "/private?tab=2"]);
    expect(tokenRequests(world)).toBe(before + 2);
    expect((await browser.fetch(`${world.baseUrl}/api`)).json()).toEqual({ sub: "user-ada" });
  });
});

describe("forty logins that are begun and never finished", () => {
  test.each([
    ["short", "/private"],
    ["long", `/private?q=${"x".repeat(1400)}`],
  ])(
    "and then one that is, with %s addresses: it works, and the Cookie header stays below 4 KB",
    async (_kind, path) => {
      const browser = world.newBrowser();
      for (let count = 0; count < 40; count += 1) {
        await askToLogIn(browser, `${world.baseUrl}${path}`);
        expect(cookieHeader(browser).length).toBeLessThan(4096);
      }
      const page = await world.signIn(browser, path);
      expect(page.url.href).toBe(`${world.baseUrl}${path}`);
      expect(page.json()).toEqual({ sub: "user-ada" });
      expect(cookieHeader(browser).length).toBeLessThan(4096);
    },
  );

  test("leave the last five to be finished", async () => {
    const browser = world.newBrowser();
    const clock = stopClock();
    const asked: URL[] = [];
    for (let tab = 1; tab <= 40; tab += 1) {
      asked.push(await askToLogIn(browser, `${world.baseUrl}/private?tab=${tab}`));
      clock.advance(1);
    }
    for (const tab of [36, 38, 40]) {
      const back = await logInAtProvider(browser, asked[tab - 1] ?? new URL("about:blank"));
      expect((await browser.follow(back)).url.search).toBe(`?tab=${tab}`);
    }
  });

  test("at the same moment, as when a browser restores its tabs, do not lock the browser out", async () => {
    const browser = world.newBrowser();
    const tabs = Array.from({ length: 40 }, (_, tab) => `${world.baseUrl}/private?tab=${tab}`);
    await Promise.all(tabs.map((tab) => step(browser, tab)));
    const page = await world.signIn(browser);
    expect([page.status, page.url.pathname]).toEqual([200, "/private"]);
    // one answer takes some away, the next one the rest
    await askToLogIn(browser, `${world.baseUrl}/login`);
    expect(cookieHeader(browser).length).toBeLessThan(4096);
  });
});
