/**
 * What a callback accepts of the provider's answer, and what our own answers say to browsers and caches.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../../examples/demo/browser.js";
import {
  ask,
  askToLogIn,
  callbackWith,
  codeOf,
  logInUpToCallback,
  openWorld,
  step,
  tokenRequests,
} from "../support/journey.js";
import { startWorld, type World, type WorldOptions } from "../support/world.js";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

describe("a login answer with a repeated parameter", () => {
  test.each(["code", "state", "iss"])("%s twice is refused, and redeems nothing", async (name) => {
    const browser = world.newBrowser();
    const callback = await logInUpToCallback(world, browser);
    const before = tokenRequests(world);
    const twice = new URL(callback);
    twice.searchParams.append(name, callback.searchParams.get(name) ?? "");
    const answer = await step(browser, twice);
    expect([answer.status, codeOf(answer)]).toEqual([400, "OIDC_LOGIN_RESPONSE_INVALID"]);
    expect(tokenRequests(world)).toBe(before);
    // it was no answer at all: the real one still counts
    expect((await browser.get(callback)).json()).toEqual({ sub: "user-ada" });
  });

  test("is refused for an error as well", async () => {
    const answer = await step(
      world.newBrowser(),
      `${world.baseUrl}/callback?error=access_denied&error=server_error&state=x`,
    );
    expect([answer.status, codeOf(answer)]).toEqual([400, "OIDC_LOGIN_RESPONSE_INVALID"]);
  });
});

describe("a login answer with parameters that nobody knows", () => {
  test("is accepted without them", async () => {
    const browser = world.newBrowser();
    const callback = await logInUpToCallback(world, browser);
    for (const [name, value] of Object.entries({ session_state: "abc", foo: "bar", "x[]": "1", __proto__x: "y" }))
      callback.searchParams.append(name, value);
    expect((await browser.get(callback)).json()).toEqual({ sub: "user-ada" });
  });

  test("takes no token from the address", async () => {
    const browser = world.newBrowser();
    const asked = await askToLogIn(browser, `${world.baseUrl}/private`);
    const state = asked.searchParams.get("state") ?? "";
    const answer = await step(browser, callbackWith(world, { state, access_token: "a.b.c", id_token: "a.b.c" }));
    expect([answer.status, codeOf(answer)]).toEqual([400, "OIDC_LOGIN_RESPONSE_INVALID"]);
  });
});

/** A provider that tells in its metadata whether its answers name it. */
function announcing(supported: boolean | undefined): WorldOptions {
  const discovery = async (url: string, init: RequestInit): Promise<Response> => {
    const response = await fetch(url, init);
    if (!url.includes("/.well-known/")) return response;
    const metadata = {
      ...((await response.json()) as object),
      authorization_response_iss_parameter_supported: supported,
    };
    return Response.json(metadata);
  };
  return { options: { http: { fetch: discovery } } };
}

describe.each([true, false, undefined])("the issuer in a login answer, announced as %s", (supported) => {
  let own: World;
  beforeAll(async () => {
    own = await startWorld(announcing(supported));
  });
  afterAll(() => own.close());

  /** How a login ends when its answer names this issuer; null: none. */
  async function endingWith(iss: string | null, error?: string): Promise<{ answer: Answer; tokens: number }> {
    const browser = own.newBrowser();
    const before = tokenRequests(own);
    const callback = await logInUpToCallback(own, browser);
    if (iss === null) callback.searchParams.delete("iss");
    else callback.searchParams.set("iss", iss);
    if (error !== undefined) {
      callback.searchParams.delete("code");
      callback.searchParams.set("error", error);
    }
    return { answer: await step(browser, callback), tokens: tokenRequests(own) - before };
  }

  test("is accepted when it is the one that was asked", async () => {
    const { answer, tokens } = await endingWith(own.provider.issuer);
    expect([answer.headers.get("location"), tokens]).toEqual(["/private", 1]);
  });

  test.each(["https://evil.example", "suffix", "slash"])("is refused when it is another: %s", async (kind) => {
    const { issuer } = own.provider;
    const iss = kind === "suffix" ? `${issuer}.evil.example` : kind === "slash" ? `${issuer}/` : kind;
    for (const error of [undefined, "access_denied", "login_required"]) {
      const { answer, tokens } = await endingWith(iss, error);
      expect([answer.status, codeOf(answer), tokens]).toEqual([400, "OIDC_LOGIN_RESPONSE_INVALID", 0]);
    }
  });

  test(`is ${supported === true ? "missed" : "not missed"} when there is none, on an error too`, async () => {
    const success = await endingWith(null);
    const failure = await endingWith(null, "access_denied");
    if (supported === true) {
      expect([success.answer.status, codeOf(success.answer), success.tokens]).toEqual([
        400,
        "OIDC_LOGIN_RESPONSE_INVALID",
        0,
      ]);
      expect([failure.answer.status, codeOf(failure.answer)]).toEqual([400, "OIDC_LOGIN_RESPONSE_INVALID"]);
    } else {
      expect([success.answer.headers.get("location"), success.tokens]).toEqual(["/private", 1]);
      expect([failure.answer.status, codeOf(failure.answer)]).toEqual([403, "OIDC_LOGIN_DENIED"]);
    }
  });
});

describe("the methods of the callback", () => {
  test.each(["HEAD", "POST", "PUT", "OPTIONS"])(
    "%s redeems nothing, and GET still works afterwards",
    async (method) => {
      const browser = world.newBrowser();
      const callback = await logInUpToCallback(world, browser);
      const before = tokenRequests(world);
      const answer = await ask(callback, { method, headers: { cookie: browser.cookies.header(callback) } });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET"]);
      expect([answer.headers.getSetCookie(), tokenRequests(world)]).toEqual([[], before]);
      expect((await browser.get(callback)).json()).toEqual({ sub: "user-ada" });
    },
  );
});

describe("our own answers", () => {
  /** What helmet sets, and what keeps codes out of caches, histories and Referer headers. */
  const expected = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": expect.stringContaining("frame-ancestors 'none'"),
  };
  const headersOf = (answer: Answer) => Object.fromEntries(answer.headers);

  test("on the way in and out are never cached, send no Referer and carry helmet's headers", async () => {
    const browser = world.newBrowser();
    const callback = await logInUpToCallback(world, browser, "/login");
    const answers = [
      await step(world.newBrowser(), `${world.baseUrl}/login`),
      await step(world.newBrowser(), `${world.baseUrl}/private`),
      await step(browser, callback),
      await step(browser, `${world.baseUrl}/logged-out`),
      await step(browser, `${world.baseUrl}/logout`, { "sec-fetch-site": "cross-site" }),
      await step(browser, `${world.baseUrl}/logout`),
      await ask(`${world.baseUrl}/callback`, { method: "HEAD" }),
      await ask(`${world.baseUrl}/api`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([302, 302, 302, 302, 200, 302, 405, 401]);
    for (const answer of answers) {
      expect(headersOf(answer), answer.url.pathname).toMatchObject(expected);
      // these would bind the whole host, or cut a login in a popup off from its opener
      expect(answer.headers.has("strict-transport-security")).toBe(false);
      expect(answer.headers.has("cross-origin-opener-policy")).toBe(false);
    }
  });

  test("that are errors are neither cached nor told to other sites", async () => {
    const answer = await step(world.newBrowser(), `${world.baseUrl}/callback?error=access_denied&state=x`);
    expect(headersOf(answer)).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
  });

  test("leave the app's error page the app's own Content-Security-Policy", async () => {
    const policy = "default-src 'self'";
    const own = await openWorld({
      before: (app) =>
        app.use((_req, res, next) => {
          res.setHeader("Content-Security-Policy", policy);
          next();
        }),
    });
    const answer = await step(own.newBrowser(), `${own.baseUrl}/callback?error=access_denied&state=x`);
    expect([answer.status, answer.headers.get("content-security-policy")]).toEqual([400, policy]);
    const redirect = await step(own.newBrowser(), `${own.baseUrl}/login`);
    expect(redirect.headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  test("after a form POST send the browser on with 303, else with 302", async () => {
    const browser = world.newBrowser();
    const posted = await browser.post(`${world.baseUrl}/login`, {}, { followRedirects: false });
    expect([posted.status, (await step(browser, `${world.baseUrl}/login`)).status]).toEqual([303, 302]);
  });
});
