/**
 * What a browser sees of a whole journey: no token, no secret, and a code only on its way from the provider to the callback.
 * @module
 */
import { oidcOf, requireAuth } from "express-oidc";
import { expect, test } from "vitest";
import type { Answer } from "../../examples/demo/browser.js";
import { demoClient } from "../../examples/demo/provider.js";
import { appSecret, sendJson } from "../support/app.js";
import { askToLogIn, codeOf, logInAtProvider, logInUpToCallback, openWorld, step } from "../support/journey.js";
import { people } from "../support/world.js";

/** Everything that an answer says, cookies decoded too. */
function wordsOf({ status, headers, body }: Answer): string {
  const head = [...headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  return `${status}\n${head}\n${decodeURIComponent(head.replace(/%(?![\da-f]{2})/gi, "%25"))}\n${body}`;
}

test("a whole journey shows the browser no token, no code and no secret", async () => {
  const secrets = new Map<string, string>();
  const world = await openWorld({
    provider: { accessTokenLifetime: 1 },
    options: {
      scope: "openid profile email offline_access",
      http: {
        async fetch(url, init) {
          const response = await fetch(url, init);
          if (!url.endsWith("/token")) return response;
          keepTokens(secrets, (await response.clone().json()) as Record<string, unknown>);
          const verifier = init.body instanceof URLSearchParams ? init.body.get("code_verifier") : null;
          if (verifier !== null) secrets.set(verifier, "verifier");
          return response;
        },
      },
    },
    routes(app) {
      app.get("/context", (req, res) => sendJson(res, { ...oidcOf(req) }));
      app.get("/renewed", requireAuth(), async (req, res) => {
        await oidcOf(req).refresh();
        sendJson(res, { done: true });
      });
    },
  });
  secrets.set(demoClient().client_secret, "client secret").set(appSecret, "the app's secret");

  const browser = world.newBrowser();
  await browser.get(`${world.baseUrl}/private?tab=1`);
  await browser.submit(people.ada);
  for (const path of ["/", "/context", "/renewed", "/login?returnTo=/public"]) await browser.get(world.baseUrl + path);
  await browser.get(`${world.baseUrl}/callback?code=unknown&state=unknown`);
  await browser.fetch(`${world.baseUrl}/api`);
  const [logout] = [await step(browser, `${world.baseUrl}/logout`)];
  await browser.get(`${world.baseUrl}/private`);
  await browser.fetch(`${world.baseUrl}/api`);

  const answers = browser.history.filter(({ url }) => url.origin === world.baseUrl);
  expect(answers.length).toBeGreaterThan(12);
  expect([...secrets.values()]).toEqual(
    expect.arrayContaining(["id_token", "access_token", "refresh_token", "verifier"]),
  );
  for (const answer of answers) {
    const isLogout = answer === logout;
    for (const [secret, kind] of secrets) {
      // RP-Initiated Logout hands the provider its own ID token back, in the address of that one redirect
      if (isLogout && kind === "id_token") continue;
      expect(wordsOf(answer).includes(secret), `${kind} in ${answer.method} ${answer.url.pathname}`).toBe(false);
    }
  }
});

test("a code stands in the provider's redirect and in no answer of the app's, when it fails too", async () => {
  const world = await openWorld();
  for (const spoil of ["", "iss", "code", "state"]) {
    const browser = world.newBrowser();
    const callback = await logInUpToCallback(world, browser);
    const code = callback.searchParams.get("code") ?? "";
    expect(code.length).toBeGreaterThan(20);
    if (spoil !== "") callback.searchParams.append(spoil, "twice");
    await browser.get(callback);
    await browser.get(callback);
    const own = browser.history.filter(({ url }) => url.origin === world.baseUrl);
    expect(own.length).toBeGreaterThanOrEqual(2);
    for (const answer of own) expect(wordsOf(answer)).not.toContain(code);
  }
  expect(JSON.stringify(world.app.errors.map(String))).not.toMatch(/code=|state=/);
});

test("the secrets of a login attempt stand only in the authorization request, and there the verifier does not", async () => {
  const world = await openWorld();
  const browser = world.newBrowser();
  const asked = await askToLogIn(browser, `${world.baseUrl}/private`);
  const [attempt] = browser.cookies.list(new URL(world.baseUrl));
  for (const name of ["state", "nonce", "code_challenge"]) {
    expect(`${attempt?.name}=${decodeURIComponent(attempt?.value ?? "")}`).not.toContain(asked.searchParams.get(name));
  }
  const readable = (attempt?.value ?? "").split(".").map((part) => Buffer.from(part, "base64url").toString("latin1"));
  expect(readable.join()).not.toMatch(/verifier|private/);
  const page = await browser.get(await logInAtProvider(browser, asked));
  expect([page.status, codeOf(page)]).toEqual([200, undefined]);
});

function keepTokens(secrets: Map<string, string>, answer: Record<string, unknown>): void {
  for (const kind of ["id_token", "access_token", "refresh_token"]) {
    const token = answer[kind];
    if (typeof token === "string") secrets.set(token, kind);
  }
}
