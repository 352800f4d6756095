/**
 * A slow request of a visitor who is not signed in yet, and who logs in meanwhile: its late answer can bring the old session's cookie
 * back over the login's. That costs one more login at the most.
 * @module
 */
import session from "express-session";
import { describe, expect, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { type Handler, sendJson, type TestApp } from "../support/app.js";
import { addCart } from "../support/cart.js";
import { step } from "../support/journey.js";
import { type ScriptedWorldOptions, startScriptedWorld } from "../support/scripted-world.js";
import { createSignal } from "../support/signal.js";

/** The app's own session, as tutorials write it. */
function ownSession(more: Partial<session.SessionOptions> = {}): ScriptedWorldOptions {
  const options = { secret: "the app's own secret", resave: false, saveUninitialized: false };
  return { before: (app: TestApp) => app.use(session({ ...options, ...more }) as unknown as Handler) };
}

/** A world with `/slow`, which writes its session and answers when it is told to. */
async function startSlowWorld(options: ScriptedWorldOptions) {
  const arrival = createSignal();
  const end = createSignal();
  const world = await startScriptedWorld({
    ...options,
    needsReqSession: true,
    routes(app) {
      addCart(app);
      app.get("/slow", async (req, res) => {
        arrival.give();
        await end.given;
        if (req.session !== undefined) req.session["seen"] = "late";
        sendJson(res, { slow: true });
      });
    },
  });
  return { ...world, arrived: arrival.given, release: end.give };
}

const rolling = { rolling: true, cookie: { maxAge: 3_600_000 } };
const withSession = "/cart?add=book";
const without = "/public";

describe("a slow request that writes its session while a login lands lets the person log in once more at the most", () => {
  test.each([
    // a cookie without a life of its own is not set again, so that there the login is not lost at all
    ["mounted by auth(), begun before", {}, { firstPage: withSession, logins: 2 }],
    ["mounted by auth(), begun by that request", {}, { firstPage: without, logins: 2 }],
    ["of the app's own, begun before", ownSession(), { firstPage: withSession, logins: 1 }],
    ["of the app's own, begun by that request", ownSession(), { firstPage: without, logins: 2 }],
    ["of the app's own, set on every answer", ownSession(rolling), { firstPage: withSession, logins: 2 }],
  ])("in a session %s", async (_which, options: ScriptedWorldOptions, { firstPage, logins }) => {
    const { app, arrived, provider, release } = await startSlowWorld(options);
    const browser = new Browser();
    await browser.get(app.url + firstPage);
    const slow = browser.fetch("/slow");
    await arrived;
    const asked = await step(browser, `${app.url}/private`);
    const answered = await browser.follow(asked.redirect ?? "", { followRedirects: false });
    const landed = await browser.follow(answered.redirect ?? "", { followRedirects: false });
    release();
    expect((await slow).status).toBe(200);
    const page = await browser.follow(landed.redirect ?? "");
    expect([page.status, page.url.href, page.json()]).toEqual([200, `${app.url}/private`, { sub: "ada" }]);
    expect(provider.calls("authorize")).toBe(logins);
    expect((await browser.fetch("/api")).json()).toEqual({ sub: "ada" });
    expect(app.errors).toEqual([]);
  });
});
