/**
 * What an app has fixed for every login, and what a link makes of it.
 * @module
 */
import { describe, expect, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { failureIn, startScriptedWorld } from "../support/scripted-world.js";

const policy = { max_age: 300, prompt: "login", acr_values: "mfa" };

async function askedBy(link: string, authorizationParams: Record<string, string | number> = policy) {
  const { app } = await startScriptedWorld({ options: { authorizationParams } });
  const answer = await new Browser().get(`${app.baseUrl}/login?${link}`, { followRedirects: false });
  return new URL(answer.headers.get("location") ?? "about:blank").searchParams;
}

describe("a login link", () => {
  test.each([
    ["max_age", "999999999", "300"],
    ["max_age", "60", "60"],
    ["prompt", "none", "login"],
    ["acr_values", "pwd", "mfa"],
  ])("can't weaken what the app has fixed: %s=%s is sent as %s", async (name, value, sent) => {
    expect((await askedBy(`${name}=${value}`)).getAll(name)).toEqual([sent]);
  });

  test("may add what the app has left open", async () => {
    const params = await askedBy("login_hint=ada&prompt=login&ui_locales=fr", { max_age: 300 });
    expect([params.get("login_hint"), params.get("prompt"), params.get("ui_locales")]).toEqual(["ada", "login", "fr"]);
  });
});

describe("acr_values for every login", () => {
  test.each([
    ["mfa", 200, undefined],
    ["pwd", 403, "OIDC_STEP_UP_UNMET"],
    [undefined, 403, "OIDC_STEP_UP_UNMET"],
  ])("are insisted on: a login with acr %s is answered %i", async (acr, status, code) => {
    const { provider, signIn } = await startScriptedWorld({ options: { authorizationParams: { acr_values: "mfa" } } });
    provider.script.person = { sub: "ada", acr };
    const { page } = await signIn();
    expect(failureIn(page)).toMatchObject(code === undefined ? { status } : { status, code });
  });
});
