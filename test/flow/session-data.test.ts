/**
 * What an app has put into a visitor's session before the login: the same visitor's goes on, another person's is never handed over.
 * @module
 */
import session from "express-session";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestApp } from "../support/app.js";
import { addCart, cartOf } from "../support/cart.js";
import { stopClock } from "../support/clock.js";
import { openWorld } from "../support/journey.js";
import { startWorld, type World, type WorldOptions } from "../support/world.js";

const empty = { cart: [], theme: null };
const full = { cart: ["book"], theme: "dark" };

/** Whose session it is: mounted by auth(), or the app's own. */
const mounts: [string, WorldOptions][] = [
  ["mounted by auth()", {}],
  [
    "of the app's own",
    {
      before: (app: TestApp) =>
        app.use(session({ secret: "the app's own secret", resave: false, saveUninitialized: false }) as never),
    },
  ],
];

describe.each(mounts)("a session %s", (_whose, options) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ ...options, routes: addCart, needsReqSession: true });
  });
  afterAll(() => world.close());

  test("keeps what a visitor had before the login", async () => {
    const browser = world.newBrowser();
    await browser.get(`${world.baseUrl}/cart?add=book`);
    await world.signIn(browser);
    expect(await cartOf(browser, world.baseUrl)).toEqual(full);
  });

  test("keeps what a person had when the same person logs in again", async () => {
    const browser = world.newBrowser();
    await world.signIn(browser);
    await browser.get(`${world.baseUrl}/cart?add=book`);
    await browser.get(`${world.baseUrl}/login?prompt=login`);
    await browser.submit({ login: "ada", password: "lovelace" });
    expect(await cartOf(browser, world.baseUrl)).toEqual(full);
  });

  test("drops it when another person logs in", async () => {
    const browser = world.newBrowser();
    await world.signIn(browser);
    await browser.get(`${world.baseUrl}/cart?add=book`);
    for (const { name } of browser.cookies.list(new URL(world.provider.issuer))) browser.cookies.clear(name);
    await browser.get(`${world.baseUrl}/login`);
    await browser.submit({ login: "alan", password: "turing" });
    expect(browser.page.json()).toEqual({ user: "user-alan" });
    expect(await cartOf(browser, world.baseUrl)).toEqual(empty);
  });

  test("drops it when another person logs in after the login before has run out", async () => {
    const browser = world.newBrowser();
    const clock = stopClock();
    await world.signIn(browser);
    await browser.get(`${world.baseUrl}/cart?add=book`);
    clock.advance(86_400 + 120);
    expect((await browser.fetch("/api")).status).toBe(401);
    for (const { name } of browser.cookies.list(new URL(world.provider.issuer))) browser.cookies.clear(name);
    await world.signIn(browser, "/private", "alan");
    expect(await cartOf(browser, world.baseUrl)).toEqual(empty);
  });

  test("drops it with the logout", async () => {
    const browser = world.newBrowser();
    await world.signIn(browser);
    await browser.get(`${world.baseUrl}/cart?add=book`);
    await browser.follow("/logout");
    await browser.submit();
    expect(await cartOf(browser, world.baseUrl)).toEqual(empty);
  });
});

describe("the option session.keep", () => {
  async function cartAfterLogin(keep: NonNullable<NonNullable<WorldOptions["options"]>["session"]>["keep"]) {
    const world = await openWorld({
      routes: addCart,
      options: { session: { ...(keep !== undefined && { keep }) } },
      needsReqSession: true,
    });
    const browser = world.newBrowser();
    await browser.get(`${world.baseUrl}/cart?add=book`);
    expect((await world.signIn(browser)).json()).toEqual({ sub: "user-ada" });
    return cartOf(browser, world.baseUrl);
  }

  test.each([
    ["true keeps all", true, full],
    ["false drops all", false, empty],
    [
      "a function keeps what it returns",
      ({ cart }: Readonly<Record<string, unknown>>) => ({ cart }),
      { cart: ["book"], theme: null },
    ],
    ["a function may keep something else", () => ({ theme: "light" }), { cart: [], theme: "light" }],
  ])("%s", async (_what, keep, expected) => {
    expect(await cartAfterLogin(keep)).toEqual(expected);
  });

  test("shows a function only what is the app's", async () => {
    const seen: string[] = [];
    await cartAfterLogin((data) => {
      seen.push(...Object.keys(data));
      return data;
    });
    expect(seen.sort()).toEqual(["cart", "theme"]);
  });
});
