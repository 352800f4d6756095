/**
 * What a login is, whatever the provider sends back and however the client proves itself: the tests that every combination must pass.
 * @module
 */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { step } from "./journey.js";
import {
  deliverOnly,
  openResponseWorld,
  type ResponseSetup,
  type Sent,
  site,
  spoiled,
  whoIsIn,
} from "./response-world.js";

/** Tests one combination. */
export function testResponse(setup: ResponseSetup): void {
  const { at = "oidc-provider", type = "code", mode = "its usual mode", way = "client_secret_basic" } = setup;
  const hasCode = type.startsWith("code");

  describe(`${at} that answers with ${type} by ${mode}, to a client that proves itself by ${way}`, () => {
    // what it says of tokens in the browser is tested elsewhere
    beforeEach(() => void vi.spyOn(process, "emitWarning").mockReturnValue());

    test("logs a person in, with the tokens that this brings", async () => {
      const world = await openResponseWorld(setup);
      const browser = world.newBrowser();
      const page = await world.signIn(browser, "/held");
      expect([page.url.href, world.app.errors]).toEqual([`${site}/held`, []]);
      expect(page.json()).toMatchObject({ sub: "user-ada", idToken: expect.stringMatching(/^eyJ/) });
      const { accessToken, refreshToken } = page.json() as Record<string, string | undefined>;
      const hasRefreshToken = hasCode && at === "oidc-provider";
      expect([accessToken !== undefined, refreshToken !== undefined]).toEqual([type !== "id_token", hasRefreshToken]);
    });

    test("lets nobody in whose answer was tampered with, or belongs to another login", async () => {
      const world = await openResponseWorld(setup);
      for (const change of [tamperWith, withOtherState]) {
        const browser = world.newBrowser();
        const sent = await world.upToAnswer(browser);
        await deliverOnly(browser, sent, change(sent));
        expect(await whoIsIn(browser)).toBeNull();
      }
    });

    test("logs the person out again, there too", async () => {
      const world = await openResponseWorld(setup);
      const browser = world.newBrowser();
      await world.signIn(browser);
      const { redirect } = await step(browser, `${site}/logout`);
      expect(redirect?.origin).toBe(world.provider);
      expect(redirect?.searchParams.get("id_token_hint")).toMatch(/^eyJ/);
      expect(await whoIsIn(browser)).toBeNull();
    });
  });
}

function tamperWith({ fields }: Sent): Record<string, string> {
  const { response, id_token: idToken, code } = fields;
  if (response !== undefined) return { response: spoiled(response) };
  return idToken === undefined ? { code: `${code}x` } : { id_token: spoiled(idToken) };
}

function withOtherState({ fields }: Sent): Record<string, string> {
  const state = "A".repeat(22);
  const [header, , signature] = (fields["response"] ?? "").split(".");
  if (fields["response"] === undefined) return { state };
  const claims = Buffer.from(JSON.stringify({ state, code: "c" })).toString("base64url");
  return { response: `${header}.${claims}.${signature}` };
}
