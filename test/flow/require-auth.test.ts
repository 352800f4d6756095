/**
 * What the guard answers to whom, when nobody is signed in.
 * @module
 */
import express from "express";
import { type OidcError, OptionsError, oidcOf, type RequireAuthOptions, requireAuth, signedIn } from "express-oidc";
import { describe, expect, onTestFinished, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { openServer } from "../../examples/demo/listen.js";
import { type Handler, sendJson } from "../support/app.js";
import { ask, linked, typed } from "../support/asking.js";
import { codeOf } from "../support/journey.js";
import { type ScriptedWorldOptions, startScriptedWorld } from "../support/scripted-world.js";

/** An app whose `/guarded` has a guard, for every method. */
function guardedWorld(options: RequireAuthOptions = {}, more: ScriptedWorldOptions = {}) {
  const handler: Handler = (req, res) => sendJson(res, { sub: oidcOf(req).user?.sub });
  return startScriptedWorld({
    ...more,
    routes(app, site) {
      more.routes?.(app, site);
      app.express.all("/guarded", requireAuth(options), handler as unknown as express.RequestHandler);
    },
  });
}

describe("somebody who opens a guarded page", () => {
  test("comes back from the login to that very page, with its query", async () => {
    const { app, signIn } = await startScriptedWorld();
    const { page } = await signIn("/private?a=1&a=2&b=%2F%3F&c");
    expect([page.status, page.url.href]).toEqual([200, `${app.url}/private?a=1&a=2&b=%2F%3F&c`]);
  });

  test.each(
    Object.entries({
      "whose browser says so": typed,
      "by a link, whatever it accepts": { ...linked, accept: "application/json" },
      "by a link, with a script's header": { ...linked, "x-requested-with": "XMLHttpRequest" },
      "with an old browser": { accept: "text/html,application/xhtml+xml,*/*;q=0.8" },
      "from another site": { ...typed, "sec-fetch-site": "cross-site" },
    }),
  )("%s is sent to the provider", async (_name, headers) => {
    const { app, provider } = await guardedWorld();
    const answer = await ask(`${app.url}/guarded`, { headers });
    expect([answer.status, answer.redirect?.origin]).toEqual([302, provider.issuer]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test.each([
    ["back to the page of this site that it was on", "{here}/public?tab=2", "/public?tab=2"],
    ["to the front page when it came from another site", "https://evil.example/public", "/"],
    ["to the front page when it came from nowhere", "", "/"],
    ["to the front page when it came from our own login", "{here}/login", "/"],
  ])("by sending a form goes to log in with 303, then %s", async (_name, referer, destination) => {
    const { app, provider } = await guardedWorld();
    const browser = new Browser();
    const headers = referer === "" ? {} : { referer: referer.replace("{here}", app.url) };
    const answer = await browser.post(`${app.url}/guarded`, { a: "1" }, { headers, followRedirects: false });
    expect([answer.status, answer.redirect?.origin]).toEqual([303, provider.issuer]);
    expect((await browser.follow(answer.redirect ?? "")).url.href).toBe(app.url + destination);
  });
});

describe("anything else without a login", () => {
  const calls: Record<string, Record<string, string>> = {
    "fetch()": { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty", "sec-fetch-site": "same-origin", accept: "*/*" },
    "fetch() that accepts pages": { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty", accept: "text/html" },
    "an XMLHttpRequest of an old browser": { "x-requested-with": "xmlhttprequest", accept: "text/html" },
    "a command line": { accept: "*/*" },
    "a program that wants JSON": { accept: "application/json" },
    "a program that says nothing": {},
    "an image": { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
    "an iframe": { ...typed, "sec-fetch-dest": "iframe" },
    "a prefetch": { ...typed, "sec-purpose": "prefetch" },
    "a WebSocket without Fetch Metadata": { upgrade: "websocket", connection: "Upgrade", accept: "text/html" },
    "a WebSocket of a browser": { upgrade: "websocket", connection: "Upgrade", "sec-fetch-mode": "websocket" },
  };

  test.each(Object.entries(calls))(
    "such as %s gets 401 and the address of the login as JSON",
    async (_name, headers) => {
      const { app, provider } = await guardedWorld();
      const answer = await ask(`${app.url}/guarded`, { headers });
      expect([answer.status, answer.headers.get("content-type")]).toEqual([401, "application/json; charset=utf-8"]);
      const message = expect.stringMatching(/signed in/);
      expect(answer.json()).toEqual({ error: "OIDC_SESSION_MISSING", message, loginUrl: `${app.url}/login` });
      expect([answer.headers.get("cache-control"), answer.headers.getSetCookie()]).toEqual(["no-store", []]);
      expect(provider.seen).toEqual([]);
    },
  );

  test.each(["POST", "PUT", "PATCH", "DELETE"])("gets 401 for %s as well", async (method) => {
    const { app } = await guardedWorld();
    expect((await ask(`${app.url}/guarded`, { method })).status).toBe(401);
  });

  test("gets 401 without a body for HEAD, even as a navigation", async () => {
    const { app, provider } = await guardedWorld();
    const answer = await ask(`${app.url}/guarded`, { method: "HEAD", headers: typed });
    expect([answer.status, answer.body, provider.seen]).toEqual([401, "", []]);
    expect(Number(answer.headers.get("content-length"))).toBeGreaterThan(0);
  });

  test.each([
    ["of this site", "{here}/public?q=a b", "/login?returnTo=%2Fpublic%3Fq%3Da%2520b"],
    ["of another site", "https://evil.example/", "/login"],
    ["of our own routes", "{here}/logged-out", "/login"],
    ["that is no web address", "about:client", "/login"],
  ])("is told a login that leads back to the page %s that it ran on", async (_name, referer, expected) => {
    const { app } = await guardedWorld();
    const headers = { "sec-fetch-mode": "cors", referer: referer.replace("{here}", app.url).replace(" ", "%20") };
    const { loginUrl } = (await ask(`${app.url}/guarded`, { headers })).json() as { loginUrl: string };
    expect(loginUrl).toBe(app.url + expected);
  });

  test("is told no address when the login route is off", async () => {
    const { app } = await guardedWorld({}, { options: { routes: { login: false } } });
    const body = (await ask(`${app.url}/guarded`)).json() as object;
    expect(Object.keys(body).sort()).toEqual(["error", "message"]);
  });

  test("lets a CORS preflight pass, but no other OPTIONS", async () => {
    const { app } = await guardedWorld();
    const preflight = { origin: "https://spa.example", "access-control-request-method": "GET" };
    const passed = await ask(`${app.url}/guarded`, { method: "OPTIONS", headers: preflight });
    const stopped = await ask(`${app.url}/guarded`, { method: "OPTIONS", headers: { origin: "https://spa.example" } });
    expect([passed.status, passed.json(), stopped.status]).toEqual([200, {}, 401]);
  });
});

describe("onUnauthenticated", () => {
  test("answers instead of the guard, pages and calls alike", async () => {
    const onUnauthenticated: RequireAuthOptions["onUnauthenticated"] = (req, res) =>
      sendJson(res, { door: "closed", path: req.url }, 418);
    const { app, provider } = await guardedWorld({ onUnauthenticated });
    for (const headers of [typed, {}]) {
      const answer = await ask(`${app.url}/guarded`, { headers });
      expect([answer.status, answer.json()]).toEqual([418, { door: "closed", path: "/guarded" }]);
    }
    expect(provider.seen).toEqual([]);
  });

  test("may let the request go on, and may hand it an error", async () => {
    const open = await guardedWorld({ onUnauthenticated: (_req, _res, next) => next() });
    expect((await ask(`${open.app.url}/guarded`)).json()).toEqual({});
    const closed = await guardedWorld({ onUnauthenticated: (_req, _res, next) => next(new Error("closed")) });
    expect((await ask(`${closed.app.url}/guarded`)).json()).toMatchObject({ message: "closed" });
  });

  test.each<[string, RequireAuthOptions["onUnauthenticated"]]>([
    [
      "throws",
      () => {
        throw new Error("closed");
      },
    ],
    [
      "throws later",
      async () => {
        await Promise.reject(new Error("closed"));
      },
    ],
  ])("that %s fails the request with that error", async (_name, onUnauthenticated) => {
    const { app } = await guardedWorld({ ...(onUnauthenticated !== undefined && { onUnauthenticated }) });
    const answer = await ask(`${app.url}/guarded`);
    expect([answer.status, answer.json()]).toEqual([500, { code: "UNKNOWN", message: "closed" }]);
  });

  test("is not asked when somebody is signed in", async () => {
    const { signIn } = await guardedWorld({ onUnauthenticated: (_req, res) => sendJson(res, {}, 418) });
    const { browser } = await signIn();
    expect((await browser.get("/guarded")).json()).toEqual({ sub: "ada" });
  });
});

describe("a guard", () => {
  test("works when it is written without calling it", async () => {
    const handler: Handler = (req, res) => sendJson(res, { sub: signedIn(req).user.sub });
    const { app, signIn } = await startScriptedWorld({ routes: (target) => target.get("/bare", requireAuth, handler) });
    expect((await ask(`${app.url}/bare`)).status).toBe(401);
    expect((await signIn("/bare")).page.json()).toEqual({ sub: "ada" });
  });

  test("without auth() before it stops the request with 500 and says what to write", async () => {
    const errors: unknown[] = [];
    const app = express();
    app.get("/guarded", requireAuth(), (_req, res) => void res.send("open"));
    app.use(((error, _req, res, _next) => {
      errors.push(error);
      res.status((error as OidcError).status).end();
    }) as express.ErrorRequestHandler);
    const server = await openServer(0);
    onTestFinished(server.close);
    server.answerWith(app);
    const answer = await ask(`http://localhost:${server.port}/guarded`);
    expect([answer.status, answer.body]).toEqual([500, ""]);
    expect(errors).toMatchObject([{ code: "OIDC_SESSION_NOT_MOUNTED" }]);
    expect(String(errors[0])).toContain("app.use(auth())");
  });

  test("keeps its answer out of caches, unless the handler says otherwise", async () => {
    const { signIn } = await startScriptedWorld({
      routes(app) {
        app.get("/cached", requireAuth(), (_req, res) => {
          res.setHeader("Cache-Control", "private, max-age=60");
          sendJson(res, {});
        });
        const keepForAWhile: Handler = (_req, res, next) => {
          res.setHeader("Cache-Control", "private, max-age=5");
          next();
        };
        app.get("/cached-before", keepForAWhile, requireAuth(), (_req, res) => sendJson(res, {}));
      },
    });
    const { browser, page } = await signIn("/private");
    const others = await Promise.all(["/cached", "/cached-before"].map((path) => browser.fetch(path)));
    const policies = [page, ...others].map(({ headers }) => headers.get("cache-control"));
    expect(policies).toEqual(["no-store", "private, max-age=60", "private, max-age=5"]);
  });

  test("adds no Cache-Control where there is no guard", async () => {
    const { app } = await startScriptedWorld();
    expect((await ask(`${app.url}/public`)).headers.get("cache-control")).toBeNull();
  });
});

describe("the options of a guard that can't be right", () => {
  const wrong = {
    claim: { role: "x" },
    claims: "admin",
    scope: [],
    maxAge: -1,
    acr: ["gold", ""],
    onUnauthenticated: "/sorry",
  };

  test("are refused when it is made, all at once, with the nearest name", () => {
    const make = () => requireAuth(wrong as unknown as RequireAuthOptions);
    expect(make).toThrow(OptionsError);
    try {
      make();
    } catch (error) {
      const { problems } = error as OptionsError;
      expect(problems.map((line) => line.split(":", 1)[0])).toEqual([
        "requireAuth claim",
        "requireAuth claims",
        "requireAuth maxAge",
        "requireAuth onUnauthenticated",
        "requireAuth scope",
        "requireAuth acr",
      ]);
      expect(problems[0]).toContain("did you mean `claims`?");
    }
  });

  test.each([
    ["maxAge", { maxAge: 1.5 }],
    ["maxAge", { maxAge: "60" }],
    ["maxAge", { maxAge: Number.NaN }],
    ["scope", { scope: 7 }],
    ["scope", { scope: "" }],
    ["acr", { acr: [1] }],
    ["claims", { claims: ["role"] }],
    ["claims", { claims: null }],
    ["claims", { claims: { role: undefined } }],
    ["claims", { claims: { role: { equals: "admin" } } }],
  ])("such as %s in %j are refused by name", (name, options) => {
    expect(() => requireAuth(options as unknown as RequireAuthOptions)).toThrow(`requireAuth ${name}`);
  });

  test.each([[null], ["admin"], [["admin"]], [7]])("such as %j instead of options are refused in words", (options) => {
    expect(() => requireAuth(options as unknown as RequireAuthOptions)).toThrow(OptionsError);
  });
});

test("what a guard answers in an error is known by its code", async () => {
  const { app } = await startScriptedWorld({ routes: (target) => target.get("/named", (req) => void signedIn(req)) });
  const answer = await ask(`${app.url}/named`);
  expect([answer.status, codeOf(answer)]).toEqual([401, "OIDC_SESSION_MISSING"]);
});
