/**
 * Where a login leads to: always this site, whatever the link to it says.
 * @module
 */
import { readFileSync } from "node:fs";
import { oidcOf } from "express-oidc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "../../examples/demo/browser.js";
import { askToLogIn, logInAtProvider, step } from "../support/journey.js";
import { startWorld, type World } from "../support/world.js";

/** Tricks that are written for a site at https://shop.example. */
const corpus = JSON.parse(
  readFileSync(new URL("../support/hostile/return-to.json", import.meta.url), "utf8"),
) as Record<string, string[]>;

let world: World;
let browser: Browser;
beforeAll(async () => {
  world = await startWorld({
    options: { baseUrl: "https://shop.example" },
    routes: (app) => {
      app.get("/ask", (req) => oidcOf(req).login({ returnTo: queryOf(req.url).get("to") ?? "" }));
      app.get("/leave", (req) => oidcOf(req).logout({ returnTo: queryOf(req.url).get("to") ?? "" }));
    },
  });
  // The provider knows this browser from now on, so that each login is three redirects.
  browser = world.newBrowser();
  await world.signIn(browser);
});
afterAll(() => world.close());

function queryOf(url = "/"): URLSearchParams {
  return new URL(url, "http://localhost").searchParams;
}

/** The Location that a login ends with. */
async function landingOf(url: string): Promise<string> {
  const callback = await logInAtProvider(browser, await askToLogIn(browser, url));
  const answer = await browser.follow(callback, { followRedirects: false });
  return answer.headers.get("location") ?? "";
}

/** Judged as browsers judge a Location. */
function expectThisSite(location: string, from: string): void {
  expect(new URL(location, "https://shop.example/callback").origin, JSON.stringify(from)).toBe("https://shop.example");
  // what stands in the header is a plain path, so that no other reader can take it for anything else
  expect(location, JSON.stringify(from)).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/);
}

describe.each(Object.entries(corpus))("a hostile return address: %s", (_kind, addresses) => {
  // one of each kind and a few more make the whole way; all of them make the short one
  test("leads to this site after a login from a link", async () => {
    for (const address of addresses.filter((_address, i) => i % 6 === 0)) {
      const query = new URLSearchParams({ returnTo: address }).toString();
      expectThisSite(await landingOf(`https://shop.example/login?${query}`), address);
    }
  });

  test("leads to this site when an app passes it on to a logout", async () => {
    const stranger = world.newBrowser();
    for (const address of addresses) {
      const query = new URLSearchParams({ to: address }).toString();
      const answer = await step(stranger, `https://shop.example/leave?${query}`);
      expectThisSite(answer.headers.get("location") ?? "", address);
    }
  });
});

describe("a return address", () => {
  test.each([
    ["a path", "/public", "/public"],
    ["a path with query and fragment", "/public?a=1&b=%2F#part", "/public?a=1&b=%2F#part"],
    ["an address of this site in full", "https://shop.example/public?x", "/public?x"],
    ["a path in any script", "/stra\u00dfe/\u6771\u4eac", "/stra%C3%9Fe/%E6%9D%B1%E4%BA%AC"],
    ["a query that names another site", "/public?next=https://evil.example", "/public?next=https://evil.example"],
    ["a path without a slash before it", "public", "/public"],
  ])("that is %s is kept", async (_what, returnTo, location) => {
    const link = `https://shop.example/login?${new URLSearchParams({ returnTo }).toString()}`;
    expect(await landingOf(link)).toBe(location);
  });

  test.each([
    "/login",
    "/login?returnTo=/login",
    "/callback?code=x&state=y",
    "/logout",
    "/logout?returnTo=/",
    "/logged-out",
    "https://shop.example/logout",
    "/x/../logout",
    "/x/%2e%2e/logout#",
  ])("of one of our own routes, %s, leads home", async (returnTo) => {
    const link = `https://shop.example/login?${new URLSearchParams({ returnTo }).toString()}`;
    expect(await landingOf(link)).toBe("/");
  });

  test("that a handler passes on leads to this site too: else to the page that was asked for", async () => {
    expect(await landingOf("https://shop.example/ask?to=//evil.example")).toBe("/ask?to=//evil.example");
    expect(await landingOf("https://shop.example/ask?to=/public")).toBe("/public");
  });

  test("that stands twice counts once, as the first", async () => {
    expect(await landingOf("https://shop.example/login?returnTo=/public&returnTo=https://evil.example")).toBe(
      "/public",
    );
  });

  test("that is far too long leads home and fills no cookie", async () => {
    const link = `https://shop.example/login?returnTo=/${"x".repeat(6000)}`;
    const answer = await step(browser, link);
    expect(answer.headers.getSetCookie().join().length).toBeLessThan(1000);
    expect(await landingOf(link)).toBe("/");
  });
});

describe("a guarded page with a hostile address", () => {
  test.each([
    "//evil.example/private",
    "/\\evil.example/private",
    "/.//evil.example/private",
    "//evil.example/..;/private",
  ])("%s leads nowhere else", async (path) => {
    const answer = await step(world.newBrowser(), `https://shop.example${path}`);
    if (answer.redirect === undefined) expect(answer.status).toBe(404);
    else expectThisSite(await landingOf(`https://shop.example${path}`), path);
  });
});
