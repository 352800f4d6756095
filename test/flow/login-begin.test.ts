/**
 * Who may begin a login: a person who opens the address, this site or another that sends them; no frame, no script, no look ahead.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../../examples/demo/browser.js";
import { ask, codeOf, step } from "../support/journey.js";
import { startWorld, type World } from "../support/world.js";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** No redirect, no cookie, and nothing asked of the provider. */
function expectNoLogin(answer: Answer): void {
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(answer.headers.get("location")).toBeNull();
  expect(answer.headers.get("refresh")).toBeNull();
  expect(answer.headers.getSetCookie()).toEqual([]);
}

const notByAPerson: [string, Record<string, string>][] = [
  ["an iframe", { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe", "sec-fetch-site": "cross-site" }],
  ["an iframe of this site", { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }],
  ["a frame", { "sec-fetch-mode": "navigate", "sec-fetch-dest": "frame" }],
  ["an object element", { "sec-fetch-mode": "navigate", "sec-fetch-dest": "object" }],
  ["a link prefetch", { "sec-purpose": "prefetch" }],
  ["a prerender", { "sec-purpose": "prefetch;prerender" }],
  ["an older prefetch", { purpose: "prefetch" }],
  ["Firefox's older prefetch", { "x-moz": "prefetch" }],
  ["a fetch", { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }],
  ["a fetch without CORS", { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "empty" }],
  ["an image", { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }],
  ["a script element", { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" }],
  ["a style sheet", { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "style" }],
];

describe("GET /login", () => {
  test.each(notByAPerson)("by %s begins no login", async (_who, headers) => {
    const answer = await step(world.newBrowser(), `${world.baseUrl}/login?returnTo=/public`, headers);
    expectNoLogin(answer);
    expect(codeOf(answer)).toBe("OIDC_VISIT_REQUIRED");
  });

  test("by an XMLHttpRequest of a browser without Fetch Metadata begins no login", async () => {
    const answer = await ask(`${world.app.url}/login`, { headers: { "x-requested-with": "XMLHttpRequest" } });
    expect([answer.status, answer.headers.get("location"), answer.headers.getSetCookie()]).toEqual([403, null, []]);
  });

  test("by an app that shows pages inside itself begins one, although it names itself in X-Requested-With", async () => {
    const answer = await ask(`${world.app.url}/login`, { headers: { "x-requested-with": "com.example.app" } });
    expect(answer.status).toBe(302);
  });

  test("by a browser without Fetch Metadata begins one", async () => {
    const answer = await ask(`${world.app.url}/login`, { headers: { accept: "text/html" } });
    expect([answer.status, answer.headers.getSetCookie().length]).toEqual([302, 1]);
  });

  test.each(["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])("%s is not answered with a login", async (method) => {
    const answer = await ask(`${world.app.url}/login`, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, POST");
    expect([answer.headers.get("location"), answer.headers.getSetCookie()]).toEqual([null, []]);
  });

  test.each(notByAPerson)("the guard answers %s 401 and begins no login", async (_who, headers) => {
    const answer = await step(world.newBrowser(), `${world.baseUrl}/private`, headers);
    expectNoLogin(answer);
    expect(answer.status).toBe(401);
  });
});

describe("a login that somebody else has initiated", () => {
  test("begins by GET with our provider's issuer, and leads to the page of ours that it names", async () => {
    const browser = world.newBrowser();
    const target = `${world.baseUrl}/public?from=portal`;
    await browser.get(`${world.baseUrl}/login?${query({ iss: world.provider.issuer, target_link_uri: target })}`);
    expect(new Map(browser.page.forms[0]?.fields).get("login")).toBe("");
    const page = await browser.submit({ login: "ada", password: "lovelace" });
    expect(page.url.href).toBe(target);
  });

  test("begins by POST as well, and passes its login hint on", async () => {
    const browser = world.newBrowser();
    const fields = { iss: world.provider.issuer, login_hint: "ada", target_link_uri: `${world.baseUrl}/public` };
    const form = await browser.post(`${world.baseUrl}/login`, fields);
    expect(browser.history[0]?.status).toBe(303);
    expect(new Map(form.forms[0]?.fields).get("login")).toBe("ada");
    const page = await browser.submit({ password: "lovelace" });
    expect(page.url.href).toBe(`${world.baseUrl}/public`);
  });

  const foreign = ["https://evil.example", "", "javascript:alert(1)"];
  test.each(foreign)("with the foreign issuer %j is refused, by GET and by POST", async (iss) => {
    for (const answer of [
      await step(world.newBrowser(), `${world.baseUrl}/login?${query({ iss })}`),
      await world.newBrowser().post(`${world.baseUrl}/login`, { iss }, { followRedirects: false }),
    ]) {
      expectNoLogin(answer);
      expect([answer.status, codeOf(answer)]).toEqual([400, "OIDC_LOGIN_RESPONSE_INVALID"]);
    }
  });

  test("with our issuer plus a slash is refused: issuers are compared as they are", async () => {
    const answer = await step(
      world.newBrowser(),
      `${world.baseUrl}/login?${query({ iss: `${world.provider.issuer}/` })}`,
    );
    expect(answer.status).toBe(400);
  });

  test.each(["https://evil.example/", "//evil.example", "/login", "javascript:alert(1)"])(
    "that wants to lead to %s leads to the front page",
    async (target) => {
      const browser = world.newBrowser();
      await browser.get(`${world.baseUrl}/login?${query({ iss: world.provider.issuer, target_link_uri: target })}`);
      const page = await browser.submit({ login: "ada", password: "lovelace" });
      expect(page.url.href).toBe(`${world.baseUrl}/`);
    },
  );
});

describe("POST /login", () => {
  test("with another type than a form is refused", async () => {
    const headers = { "content-type": "application/json" };
    const answer = await ask(`${world.app.url}/login`, { method: "POST", body: "{}", headers });
    expect(answer.status).toBe(415);
  });

  test("of more than 64 KB is refused", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const body = query({ login_hint: "x".repeat(1_000_000) });
    const answer = await ask(`${world.app.url}/login`, { method: "POST", body, headers });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([413, []]);
  });
});

describe("a parameter in a login link that no provider can accept", () => {
  test.each([
    ["max_age", "soon"],
    ["max_age", "-1"],
    ["prompt", "none login"],
    ["prompt", "whatever"],
  ])("%s=%s is the link's fault: no answer of the app's is a server error", async (name, value) => {
    const page = await world.newBrowser().get(`${world.baseUrl}/login?${query({ [name]: value })}`);
    expect(page.status).toBeLessThan(500);
  });
});

function query(params: Readonly<Record<string, string>>): string {
  return new URLSearchParams(params).toString();
}
