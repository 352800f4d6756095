/**
 * The session cookie at a logout. A browser removes a cookie only when name, path and domain are those with which it was set.
 * @module
 */
import session from "express-session";
import { describe, expect, onTestFinished, test } from "vitest";
import { Browser, type Cookie } from "../../examples/demo/browser.js";
import { type AppOptions, type Handler, startApp } from "../support/app.js";
import { ask, isSignedIn, linked, sessionCookieOf, setCookiesFor } from "../support/asking.js";
import { startScriptedProvider } from "../support/scripted-provider.js";

interface Mounted extends Pick<AppOptions, "mount" | "before" | "options"> {
  /** The name that the app has chosen. */
  readonly cookie?: string;
}

function ownSession(options: Partial<session.SessionOptions>): NonNullable<AppOptions["before"]> {
  const secret = "the app's own secret for its session cookie";
  const handler = session({ secret, resave: false, saveUninitialized: false, ...options }) as unknown as Handler;
  return (app) => app.use(handler);
}

const mounts: Record<string, Mounted> = {
  "mounted by auth()": {},
  "mounted by auth() with name and domain of the app's choice": {
    cookie: "shop",
    options: { session: { name: "shop", cookie: { domain: "localhost" } } },
  },
  "mounted by auth() for one path": {
    mount: "/shop",
    options: { session: { cookie: { path: "/shop" } } },
  },
  "of the app": { cookie: "connect.sid", before: ownSession({}) },
  "of the app with name, path, domain and SameSite of its choice": {
    cookie: "sid",
    mount: "/shop",
    before: ownSession({ name: "sid", cookie: { path: "/shop", domain: "localhost", sameSite: "lax" } }),
  },
  "of the app with an expiry": { cookie: "sid", before: ownSession({ name: "sid", cookie: { maxAge: 600_000 } }) },
};

/** The session cookie in a browser. */
function held(browser: Browser, { cookie }: Mounted): Cookie | undefined {
  return cookie === undefined ? sessionCookieOf(browser) : browser.cookies.get(cookie);
}

/** What a Set-Cookie says beside value and lifetime, in any order. */
function attributesOf(setCookie: string): string[] {
  const [, ...attributes] = setCookie.split("; ");
  return attributes.filter((attribute) => !/^(expires|max-age)=/i.test(attribute)).sort();
}

async function start({ mount, before, options }: Mounted) {
  const provider = await startScriptedProvider();
  const app = await startApp({
    ...provider.registration,
    ...(mount !== undefined && { mount }),
    ...(before !== undefined && { before, needsReqSession: true }),
    ...(options !== undefined && { options }),
  });
  onTestFinished(() => app.close());
  return app;
}

describe.each(Object.entries(mounts))("the session cookie of a session %s", (_name, mounted) => {
  test("is taken away by the logout with the attributes that it was set with", async () => {
    const app = await start(mounted);
    const browser = new Browser();
    await browser.get(`${app.baseUrl}/private`);
    const logout = await ask(`${app.baseUrl}/logout`, { browser, headers: linked });
    const name = held(browser, mounted)?.name ?? "none is held";
    const given = browser.history.flatMap((answer) => setCookiesFor(answer, name)).at(-1);
    const taken = setCookiesFor(logout, name);
    expect(taken).toEqual([expect.stringMatching(/^[\w.-]+=; Max-Age=0/)]);
    expect(attributesOf(taken[0] ?? "")).toEqual(attributesOf(given ?? "none was given"));
  });

  test("is gone from the browser afterwards, and another login gets another one", async () => {
    const app = await start(mounted);
    const browser = new Browser();
    await browser.get(`${app.baseUrl}/private`);
    const before = held(browser, mounted)?.value;
    await browser.follow(`${app.baseUrl}/logout`, { followRedirects: false });
    expect(held(browser, mounted)).toBeUndefined();
    expect(await isSignedIn(browser, app.baseUrl)).toBe(false);
    await browser.get(`${app.baseUrl}/private`);
    expect(held(browser, mounted)?.value).not.toBe(before);
    expect(await isSignedIn(browser, app.baseUrl)).toBe(true);
  });
});

describe("the session cookie of an https site", () => {
  test.each([
    ["__Host-", {}],
    ["__Secure-", { session: { cookie: { domain: "shop.example" } } }],
  ])(
    "that begins with %s is taken away with Secure, without which browsers refuse its prefix",
    async (prefix, options) => {
      const provider = await startScriptedProvider();
      const baseUrl = "https://shop.example";
      const app = await startApp({ ...provider.registration, options: { baseUrl, ...options } });
      onTestFinished(() => app.close());
      const headers = { "x-forwarded-proto": "https", "x-forwarded-host": "shop.example" };
      const browser = new Browser({ proxies: { [baseUrl]: { to: app.url, headers } } });
      await browser.get(`${baseUrl}/private`);
      expect(sessionCookieOf(browser)).toMatchObject({ name: expect.stringMatching(`^${prefix}`), secure: true });
      await browser.follow("/logout", { followRedirects: false });
      expect(sessionCookieOf(browser)).toBeUndefined();
      expect(browser.cookies.refused).toEqual([]);
    },
  );
});
