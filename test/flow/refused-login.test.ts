/**
 * A provider that says no: its words reach the app as an error, never the page as they are.
 * @module
 */
import { LoginError, ProviderError } from "express-oidc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, Browser } from "../../examples/demo/browser.js";
import { askToLogIn, callbackWith, codeOf, step, tokenRequests } from "../support/journey.js";
import { startWorld, type World } from "../support/world.js";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** Begins a login and lets the provider answer so. */
async function answerWith(params: Record<string, string>, browser: Browser = world.newBrowser()): Promise<Answer> {
  const asked = await askToLogIn(browser, `${world.baseUrl}/private`);
  const state = asked.searchParams.get("state") ?? "";
  return step(browser, callbackWith(world, { state, ...params }));
}

describe("a login that the provider refuses", () => {
  test("by the person's own wish is 403 with the provider's error, and the page may be tried again", async () => {
    const browser = world.newBrowser();
    await browser.get(`${world.baseUrl}/private`);
    const answer = await browser.submit({}, { action: "/abort" });
    expect([answer.url.pathname, answer.status, codeOf(answer)]).toEqual(["/callback", 403, "OIDC_LOGIN_DENIED"]);
    expect(world.app.errors.at(-1)).toBeInstanceOf(LoginError);
    expect(world.app.errors.at(-1)).toMatchObject({
      error: "access_denied",
      errorDescription: "The sign-in was cancelled.",
    });
    expect((await world.signIn(browser)).json()).toEqual({ sub: "user-ada" });
  });

  test.each([
    ["access_denied", 403, "OIDC_LOGIN_DENIED"],
    ["unmet_authentication_requirements", 403, "OIDC_LOGIN_DENIED"],
    ["server_error", 502, "OIDC_PROVIDER_UNAVAILABLE"],
    ["temporarily_unavailable", 502, "OIDC_PROVIDER_UNAVAILABLE"],
    ["invalid_scope", 502, "OIDC_PROVIDER_REFUSED"],
    ["unauthorized_client", 502, "OIDC_PROVIDER_REFUSED"],
    ["an_error_that_nobody_knows", 403, "OIDC_LOGIN_DENIED"],
  ])("with %s answers %i %s, and asks for no token", async (error, status, code) => {
    const before = tokenRequests(world);
    const answer = await answerWith({ error, code: "a-code-beside-it" });
    expect([answer.status, codeOf(answer), answer.headers.get("location")]).toEqual([status, code, null]);
    expect(world.app.errors.at(-1)).toMatchObject({ error });
    expect(tokenRequests(world)).toBe(before);
  });

  test("for a moment tells that trying again may help", async () => {
    await answerWith({ error: "temporarily_unavailable" });
    expect(world.app.errors.at(-1)).toBeInstanceOf(ProviderError);
    expect(world.app.errors.at(-1)).toMatchObject({ retryable: true });
  });

  test("is over: the same answer a second time belongs to no login", async () => {
    const browser = world.newBrowser();
    const first = await answerWith({ error: "access_denied" }, browser);
    const second = await step(browser, first.url);
    expect([second.status, codeOf(second)]).toEqual([400, "OIDC_LOGIN_UNKNOWN_STATE"]);
  });
});

describe("an error from the provider whose state is unknown", () => {
  test.each([
    ["another state", { error: "access_denied", state: "AAAAAAAAAAAAAAAAAAAAAA" }],
    ["no state", { error: "access_denied" }],
    ["an empty state", { error: "access_denied", state: "" }],
  ])("is not believed: %s answers 400", async (_what, params) => {
    const browser = world.newBrowser();
    await askToLogIn(browser, `${world.baseUrl}/private`);
    const cookie = browser.cookies.header(new URL(world.baseUrl));
    const answer = await step(browser, callbackWith(world, params));
    expect([answer.status, codeOf(answer)]).toEqual([400, "OIDC_LOGIN_UNKNOWN_STATE"]);
    // the login that is really under way goes on
    expect(browser.cookies.header(new URL(world.baseUrl))).toBe(cookie);
  });
});

describe("what a hostile provider says", () => {
  const hostile: [string, string][] = [
    ["a script", "<script>alert(1)</script>"],
    ["an image that breaks out of an attribute", '"><img src=x onerror=alert(1)>'],
    ["line breaks and a header", "one\r\nSet-Cookie: stolen=1\r\n\r\n<html>"],
    ["control characters and a reversed line", "\u0000\u001b[31mred\u0007\u202Ereversed\u2028line"],
    ["five thousand characters", "x".repeat(5000)],
  ];
  const control = /\p{Cc}|\p{Cf}|\u2028/u;

  test.each(hostile)(
    "as a description, %s, stands in no answer, and in the error as one short line",
    async (_what, text) => {
      const answer = await answerWith({ error: "access_denied", error_description: text, error_uri: text });
      expect([400, 403]).toContain(answer.status);
      expect(answer.body).not.toContain(text.slice(0, 12));
      expect([...answer.headers].join()).not.toContain("stolen");
      const { errorDescription = "" } = world.app.errors.at(-1) as LoginError;
      expect(errorDescription).not.toMatch(control);
      expect(errorDescription.length).toBeLessThanOrEqual(300);
    },
  );

  test.each(hostile)("as the error itself, %s, is at most one short line of the message", async (_what, text) => {
    const answer = await answerWith({ error: text });
    expect([400, 403]).toContain(answer.status);
    const { message } = world.app.errors.at(-1) as Error;
    expect(message).not.toMatch(control);
    expect(message.length).toBeLessThan(700);
    expect([...answer.headers].join()).not.toContain("stolen");
  });
});
