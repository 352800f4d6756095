/**
 * Answers that the provider's page posts: with them comes the cookie of the attempt and no session, so they wait until the browser asks
 * again, with its session.
 * @module
 */
import { urlencoded } from "express";
import session from "express-session";
import { describe, expect, test } from "vitest";
import { stopClock } from "../support/clock.js";
import { ask, codeOf, cookieNames, sessionCookieOf } from "../support/journey.js";
import { deliver, openScriptedResponses, type Sent, site, whoIsIn } from "../support/response-world.js";
import { startScriptedProvider } from "../support/scripted-provider.js";
import { createScriptedState } from "../support/scripted-state.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { failureIn } from "../support/scripted-world.js";

const stay = { followRedirects: false };
const form = { "content-type": "application/x-www-form-urlencoded", "x-forwarded-proto": "https" };

/** A login up to the form that the provider's page holds. */
async function openUpToForm(options: Parameters<typeof openScriptedResponses>[0] = {}) {
  const world = await openScriptedResponses({ mode: "form_post", ...options });
  const browser = world.newBrowser();
  const sent = await world.upToAnswer(browser);
  return { ...world, browser, sent, state: sent.fields["state"] ?? "" };
}

function bodyOf(sent: Sent, more = ""): string {
  return new URLSearchParams(sent.fields).toString() + more;
}

describe("the cookie of an attempt", () => {
  test("comes along with a form of another site, on https only", async () => {
    const { browser } = await openUpToForm();
    const [attempt] = browser.cookies.list().filter(({ name }) => name.includes("-login-"));
    expect(attempt).toMatchObject({
      name: expect.stringMatching(/^__Host-/),
      sameSite: "none",
      secure: true,
      httpOnly: true,
    });
  });

  test("stays Lax where the answer comes in the address", async () => {
    const world = await openScriptedResponses({ mode: "query" });
    const browser = world.newBrowser();
    await world.upToAnswer(browser);
    expect(browser.cookies.list().map(({ sameSite }) => sameSite)).toEqual(["lax"]);
  });
});

describe("the post itself", () => {
  test("carries no session, begins none, asks no store, and leads to the callback by GET with the state alone", async () => {
    const store = new ScriptedStore();
    const world = await openScriptedResponses({
      mode: "form_post",
      needsReqSession: true,
      options: { session: { store, saveUninitialized: true } },
    });
    const browser = world.newBrowser();
    await world.signIn(browser);
    const sent = await world.upToAnswer(browser, "/login?prompt=login");
    const before = [store.calls.length, sessionCookieOf(browser)];
    const answer = await deliver(browser, sent, {}, stay);
    expect([answer.status, answer.redirect?.href]).toEqual([303, `${site}/callback?state=${sent.fields["state"]}`]);
    expect(answer.sentHeaders["cookie"]).toMatch(/^__Host-oidc-\w+-login-[\w-]+=[^;]+$/);
    expect(cookieNames(answer)).toEqual([]);
    expect([answer.headers.get("cache-control"), answer.headers.get("referrer-policy")]).toEqual([
      "no-store",
      "no-referrer",
    ]);
    expect([store.calls.length, sessionCookieOf(browser)]).toEqual(before);
  });

  test("is taken also while the session store is away, which the callback then says", async () => {
    const store = new ScriptedStore();
    const { browser, sent } = await openUpToForm({ options: { session: { store } } });
    for (const operation of ["get", "set"] as const) store.fail(operation);
    const answer = await deliver(browser, sent, {}, stay);
    expect(answer.status).toBe(303);
    expect((await browser.follow(answer.redirect ?? "")).status).toBe(503);
  });

  test("is read from what a body parser has left, too", async () => {
    const before: NonNullable<Parameters<typeof openScriptedResponses>[0]>["before"] = (app) =>
      app.use(urlencoded({ extended: false }) as never);
    const { browser, sent } = await openUpToForm({ before });
    expect((await deliver(browser, sent)).json()).toEqual({ sub: "ada" });
  });

  test("keeps what the visitor had in the session", async () => {
    const world = await openScriptedResponses({
      mode: "form_post",
      needsReqSession: true,
      routes: (app) =>
        app.get("/cart", (req, res) => {
          const own = (req as unknown as { session: { seen?: number } }).session;
          own.seen = (own.seen ?? 0) + 1;
          res.end(JSON.stringify(own.seen));
        }),
    });
    const browser = world.newBrowser();
    await browser.get(`${site}/cart`);
    await world.signIn(browser);
    expect((await browser.get(`${site}/cart`)).json()).toBe(2);
  });

  test.each<[string, Record<string, string>, (sent: Sent) => string, number, string]>([
    ["no form", { "content-type": "application/json" }, () => "{}", 415, "OIDC_REQUEST_INVALID"],
    ["more than 64 KB", form, (sent) => bodyOf(sent, `&x=${"x".repeat(70_000)}`), 413, "OIDC_REQUEST_INVALID"],
    ["nothing", form, () => "", 400, "OIDC_LOGIN_UNKNOWN_STATE"],
    ["no state", form, () => "code=1", 400, "OIDC_LOGIN_UNKNOWN_STATE"],
    ["a state that never was ours", form, () => "code=1&state=%0d%0aLocation:x", 400, "OIDC_LOGIN_RESPONSE_INVALID"],
    ["a repeated code", form, (sent) => bodyOf(sent, "&code=2"), 400, "OIDC_LOGIN_RESPONSE_INVALID"],
    ["a repeated ID token", form, (sent) => bodyOf(sent, "&id_token=2&id_token=3"), 400, "OIDC_LOGIN_RESPONSE_INVALID"],
  ])("that holds %s is refused", async (_what, headers, body, status, code) => {
    const { app, sent } = await openUpToForm();
    const answer = await ask(`${app.url}/callback`, { method: "POST", headers, body: body(sent) });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });

  test("is not answered where the answer is to come in the address; nor is any other method", async () => {
    const [plain, posted] = [
      await openScriptedResponses({ mode: "query" }),
      await openScriptedResponses({ mode: "form_post" }),
    ];
    const refusals = [
      await ask(`${plain.app.url}/callback`, { method: "POST", headers: form, body: "code=1" }),
      await ask(`${posted.app.url}/callback`, { method: "PUT", headers: form, body: "code=1" }),
    ];
    expect(refusals.map(({ status, headers }) => [status, headers.get("allow")])).toEqual([
      [405, "GET"],
      [405, "GET, POST"],
    ]);
  });
});

describe("an answer that waits", () => {
  test("is sealed, whatever state it lies in", async () => {
    const state = createScriptedState();
    const written: string[] = [];
    const options = {
      state: {
        ...state,
        add: (key: string, value: string, seconds: number) => {
          written.push(key, value);
          return state.add(key, value, seconds);
        },
      },
    };
    const { browser, sent } = await openUpToForm({ type: "code id_token", options });
    await deliver(browser, sent, {}, stay);
    const text = written.join(" ") + written.map((part) => Buffer.from(part, "base64url").toString("latin1")).join(" ");
    expect(written).toHaveLength(2);
    for (const secret of Object.values(sent.fields)) expect(text).not.toContain(secret);
  });

  test("is handed out once: the callback again leads on, and asks the provider for nothing", async () => {
    const { browser, provider, sent, state } = await openUpToForm();
    await deliver(browser, sent);
    expect((await browser.get(`${site}/callback?state=${state}`)).json()).toEqual({ sub: "ada" });
    expect(provider.calls("token")).toBe(1);
  });

  test("is posted once: the same form again leads on, and asks the provider for nothing", async () => {
    const { browser, provider, sent } = await openUpToForm();
    await deliver(browser, sent);
    expect((await deliver(browser, sent)).json()).toEqual({ sub: "ada" });
    expect(provider.calls("token")).toBe(1);
  });

  test("is not replaced by another with the same state", async () => {
    const { browser, provider, sent } = await openUpToForm();
    const { redirect } = await deliver(browser, sent, {}, stay);
    await deliver(browser, sent, { code: "planted" }, stay);
    expect((await browser.follow(redirect ?? "")).json()).toEqual({ sub: "ada" });
    expect(provider.lastCall("token")?.form.get("code")).toBe(sent.fields["code"]);
  });

  test("can't be posted by a browser that has not begun the login, nor fetched by it", async () => {
    const { browser, newBrowser, provider, sent, state } = await openUpToForm();
    const stranger = newBrowser();
    await deliver(stranger, sent, {}, stay);
    await stranger.get(`${site}/callback?state=${state}`, stay);
    expect([await whoIsIn(stranger), provider.calls("token")]).toEqual([null, 0]);
    const { redirect } = await deliver(browser, sent, {}, stay);
    await stranger.get(redirect ?? "", stay);
    expect(await whoIsIn(stranger)).toBeNull();
    expect((await browser.follow(redirect ?? "")).json()).toEqual({ sub: "ada" });
  });

  test("posted by a stranger's page into a browser that is signed in changes nothing there", async () => {
    const { browser, newBrowser, provider, sent, upToAnswer } = await openUpToForm();
    await deliver(browser, sent);
    provider.script.person = { sub: "mallory" };
    const theirs = await upToAnswer(newBrowser());
    await browser.get(`${provider.issuer}/lure`);
    expect((await deliver(browser, theirs)).url.href).toBe(`${site}/`);
    expect([await whoIsIn(browser), provider.calls("token")]).toEqual(["ada", 1]);
  });

  test("is gone after a minute; then one new login begins", async () => {
    const clock = stopClock();
    const { browser, provider, sent } = await openUpToForm();
    const { redirect } = await deliver(browser, sent, {}, stay);
    clock.advance(61);
    const again = await browser.follow(redirect ?? "", stay);
    expect([again.redirect?.origin, provider.calls("token")]).toEqual([provider.issuer, 0]);
    expect(again.redirect?.searchParams.get("state")).toMatch(/^r\./);
  });

  test("that never came, for a second time, is an error and no loop", async () => {
    const { browser, state } = await openUpToForm();
    const { redirect } = await browser.get(`${site}/callback?state=${state}`, stay);
    const next = redirect?.searchParams.get("state");
    expect(failureIn(await browser.get(`${site}/callback?state=${next}`))).toMatchObject({
      status: 400,
      code: "OIDC_LOGIN_EXPIRED",
    });
  });

  test("can be fetched from another process that shares the state and the secret", async () => {
    const state = createScriptedState();
    const store = new ScriptedStore();
    const provider = await startScriptedProvider();
    const options = { state, session: { store } };
    const [one, two] = [
      await openScriptedResponses({ mode: "form_post", provider, options }),
      await openScriptedResponses({ mode: "form_post", provider, options }),
    ];
    const browser = one.newBrowser();
    const { redirect } = await deliver(browser, await one.upToAnswer(browser), {}, stay);
    const cookie = browser.cookies.header(new URL(site));
    const answer = await ask(`${two.app.url}/callback${redirect?.search}`, {
      headers: { cookie, "x-forwarded-proto": "https" },
    });
    expect([answer.status, answer.headers.get("location"), provider.calls("token")]).toEqual([302, "/private", 1]);
  });

  test("sealed with a secret that has left the list is lost, and a new login begins", async () => {
    const state = createScriptedState();
    const { browser, sent } = await openUpToForm({
      options: {
        state: {
          ...state,
          get: async (key) => {
            const value = await state.get(key);
            if (value !== undefined && key.startsWith("answer-")) await state.set(key, "sealed otherwise", 60);
            return state.get(key);
          },
        },
      },
    });
    const { redirect } = await deliver(browser, sent, {}, stay);
    expect((await browser.follow(redirect ?? "", stay)).redirect?.searchParams.get("state")).toMatch(/^r\./);
  });

  test("can't be kept while the shared state is away, which is 503", async () => {
    const state = createScriptedState();
    const { browser, sent } = await openUpToForm({ options: { state } });
    state.fail("add", "refused");
    expect(failureIn(await deliver(browser, sent))).toMatchObject({ status: 503, code: "OIDC_STATE_UNAVAILABLE" });
  });
});

describe("an answer that was to be posted", () => {
  test.each(["code=1", "error=access_denied", "id_token=x", "response=x"])(
    "and stands in the address (%s) is refused",
    async (text) => {
      const { browser, state, provider } = await openUpToForm();
      const answer = await browser.get(`${site}/callback?state=${state}&${text}`);
      expect(failureIn(answer)).toMatchObject({
        status: 400,
        code: "OIDC_LOGIN_RESPONSE_INVALID",
        message: expect.stringContaining("responseMode form_post"),
      });
      expect(provider.calls("token")).toBe(0);
    },
  );

  test("and says that nobody could be logged in silently shows the page signed out", async () => {
    const { newBrowser, provider, upToAnswer } = await openUpToForm();
    provider.script.callback = { error: "login_required" };
    const browser = newBrowser();
    const sent = await upToAnswer(browser, "/login?prompt=none&returnTo=/public");
    expect((await deliver(browser, sent)).json()).toEqual({ open: true });
  });

  test("and says no is told as a refusal", async () => {
    const { newBrowser, provider, upToAnswer } = await openUpToForm();
    provider.script.callback = { error: "access_denied" };
    const browser = newBrowser();
    expect(failureIn(await deliver(browser, await upToAnswer(browser)))).toMatchObject({
      status: 403,
      code: "OIDC_LOGIN_DENIED",
    });
  });

  test("ends well with a session cookie that is Strict", async () => {
    const { browser, sent } = await openUpToForm({ options: { session: { cookie: { sameSite: "strict" } } } });
    expect((await deliver(browser, sent)).json()).toEqual({ sub: "ada" });
  });

  test("ends well where the app mounts the session itself", async () => {
    const { browser, sent } = await openUpToForm({
      before: (app) =>
        app.use(
          session({
            secret: "a secret of the app's own session",
            resave: false,
            saveUninitialized: false,
            proxy: true,
            cookie: { secure: true, sameSite: "lax" },
          }) as never,
        ),
    });
    expect((await deliver(browser, sent)).json()).toEqual({ sub: "ada" });
  });
});
