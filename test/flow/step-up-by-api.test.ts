/**
 * A step-up from end to end: an API wants a stronger login, and the app that called it sends the person to get one (RFC 9470).
 * @module
 */
import { oidcOf, requireAuth, stepUpParams } from "express-oidc";
import { describe, expect, test } from "vitest";
import { startApi } from "../support/api-world.js";
import { apiAudience } from "../support/scripted-provider.js";
import { startScriptedWorld } from "../support/scripted-world.js";

describe("an app whose API wants a stronger login", () => {
  test("sends the person to log in as the API asks, and calls it again with the new token", async () => {
    const api = await startApi({ guard: { acr: "gold", maxAge: 300 } });
    const { issuer: provider } = api;
    const answers: number[] = [];
    const { signIn, app } = await startScriptedWorld({
      provider,
      routes: (testApp) =>
        testApp.get("/transfer", requireAuth(), async (req, res) => {
          // the access token of this provider is a JWT for the API
          const acr = oidcOf(req).user?.["acr"];
          const token = await provider.accessToken({ aud: apiAudience, acr, auth_time: Math.floor(Date.now() / 1000) });
          const response = await fetch(api.url, { headers: { authorization: `Bearer ${token}` } });
          answers.push(response.status);
          const authorizationParams = stepUpParams(response);
          if (authorizationParams !== undefined) return oidcOf(req).login({ authorizationParams });
          res.end(await response.text());
        }),
    });
    const { browser } = await signIn();
    provider.script.person = { ...provider.script.person, acr: "gold" };
    const page = await browser.get(`${app.url}/transfer`);
    expect(page.json()).toMatchObject({ sub: "ada" });
    expect(answers).toEqual([401, 200]);
    const asked = provider.lastCall("authorize")?.query;
    expect([asked?.get("acr_values"), asked?.get("max_age")]).toEqual(["gold", "300"]);
  });
});
