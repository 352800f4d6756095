/**
 * Visitors without a session, where auth() mounts it: none is made for them before something asks for it. `genid` counts those that are made.
 * @module
 */
import type { Auth } from "express-oidc";
import session from "express-session";
import { describe, expect, test } from "vitest";
import { frameworks, type TestApp } from "../support/app.js";
import { ask, openWorld, sessionCookieOf } from "../support/journey.js";

type Req = Record<"session" | "sessionID" | "sessionStore" | "url", unknown> & { session: Record<string, unknown> };
type Work = (req: Req, text: (body: unknown) => void) => void;

interface More {
  readonly framework?: (typeof frameworks)[number];
  readonly session?: object;
  readonly onError?: (error: unknown) => void;
}

/** A world with `/work`, in which a handler does something with its request, and what says how many sessions were made. */
async function openWork(work: Work, more: More = {}) {
  let made = 0;
  const genid = () => `session-${++made}`;
  const world = await openWorld({
    ...(more.framework && { framework: more.framework }),
    options: { session: { ...more.session, genid }, ...(more.onError && { onError: more.onError }) },
    routes: (app: TestApp) =>
      app.use(((req: Req, res: { end: (text: string) => void }, next: () => void) => {
        if (req.url === "/work") work(req, (body) => res.end(JSON.stringify(body) ?? "nothing"));
        else next();
      }) as never),
    needsReqSession: true,
  });
  const url = `${world.baseUrl}/work`;
  return { ...world, made: () => made, url };
}

describe("a visitor who brings no session", () => {
  test.each(frameworks)("has none made on %s while nothing asks for it", async (framework) => {
    const world = await openWork((_req, text) => text("seen"), { framework });
    const browser = world.newBrowser();
    expect((await browser.get(world.url)).text).toBe('"seen"');
    await browser.get(`${world.baseUrl}/private`, { followRedirects: false });
    expect(world.made()).toBe(0);
    expect(sessionCookieOf(browser)).toBeUndefined();
  });

  test.each(frameworks)("gets one on %s when a handler writes into it, and keeps it", async (framework) => {
    const work: Work = ({ session }, text) => {
      session["visits"] = Number(session["visits"] ?? 0) + 1;
      text(session["visits"]);
    };
    const world = await openWork(work, { framework });
    const browser = world.newBrowser();
    expect((await browser.get(world.url)).text).toBe("1");
    expect(sessionCookieOf(browser)).toBeDefined();
    expect((await browser.get(world.url)).text).toBe("2");
    expect(world.made()).toBe(1);
  });

  test("has one made by whatever a handler asks for: the session, its id or its store", async () => {
    for (const name of ["session", "sessionID", "sessionStore"] as const) {
      const work: Work = (req, text) => {
        const first = req[name];
        text([first === req[name], typeof req.session, req.sessionID, typeof req.sessionStore]);
      };
      const world = await openWork(work);
      expect((await world.newBrowser().get(world.url)).json()).toEqual([true, "object", "session-1", "object"]);
      expect(world.made()).toBe(1);
    }
  });

  test("has one made when a handler puts something in its place, which stays there", async () => {
    const world = await openWork((req, text) => {
      Reflect.set(req, "session", null);
      text(req.session);
    });
    const browser = world.newBrowser();
    expect((await browser.get(world.url)).text).toBe("null");
    expect(sessionCookieOf(browser)).toBeUndefined();
  });

  test("logs in with one session made, whose id no browser has seen before", async () => {
    const world = await openWork((req, text) => text(req.sessionID));
    const browser = world.newBrowser();
    expect((await world.signIn(browser)).json()).toEqual({ sub: "user-ada" });
    expect((await browser.get(world.url)).json()).toBe("session-1");
    expect(world.made()).toBe(1);
  });

  test("has one made at once where the app wants one for everybody", async () => {
    const world = await openWork((_req, text) => text("seen"), { session: { saveUninitialized: true } });
    const browser = world.newBrowser();
    await browser.get(world.url);
    expect(world.made()).toBe(1);
    expect(sessionCookieOf(browser)).toBeDefined();
  });

  test("who brings a cookie that nobody has signed gets a new one, and nobody's login", async () => {
    const world = await openWork((req, text) => text(req.sessionID));
    const known = world.newBrowser();
    await world.signIn(known);
    const cookie = sessionCookieOf(known);
    const browser = world.newBrowser();
    const headers = { cookie: `${cookie?.name}=s%3Asession-1.forged` };
    expect((await browser.get(world.url, { headers })).json()).toBe("session-2");
    expect((await browser.get(`${world.baseUrl}/private`, { headers, followRedirects: false })).status).toBe(302);
  });

  test("has none made where the same auth() comes by twice", async () => {
    let again: Auth | undefined;
    const world = await openWork((req, text) => {
      void again?.authenticate(req as never).then((oidc) => text(oidc.isAuthenticated()));
    });
    again = world.app.instance;
    expect((await world.newBrowser().get(world.url)).json()).toBe(false);
    expect(world.made()).toBe(0);
  });

  test("whose session can't be written is told of, as of any other's", async () => {
    class FullStore extends session.MemoryStore {
      override set(_id: string, _data: session.SessionData, callback?: (error?: unknown) => void): void {
        callback?.(new Error("the store is full"));
      }
    }
    const told: unknown[] = [];
    const world = await openWork(
      (req, text) => {
        req.session["visited"] = true;
        text("done");
      },
      { session: { store: new FullStore() }, onError: (error) => void told.push(error) },
    );
    await world.newBrowser().get(world.url);
    expect(told).toMatchObject([{ code: "OIDC_STATE_UNAVAILABLE", cause: { message: "the store is full" } }]);
  });

  test("is not who brings one with a space behind the cookie's name, which express-session reads too", async () => {
    const world = await openWork(({ session, sessionID }, text) => {
      session["visited"] = true;
      text(sessionID);
    });
    const browser = world.newBrowser();
    expect((await browser.get(world.url)).json()).toBe("session-1");
    const { name, value } = sessionCookieOf(browser) ?? {};
    expect((await ask(world.url, { headers: { cookie: `${name} =${value}` } })).json()).toBe("session-1");
  });
});
