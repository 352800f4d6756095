/**
 * `revokeOnLogout`: the provider is told that a login's tokens are no longer needed, and nobody waits for its answer.
 * @module
 */

import { oidcOf, requireAuth } from "express-oidc";
import { describe, expect, test } from "vitest";
import type { Browser } from "../../examples/demo/browser.js";
import { demoClient } from "../../examples/demo/provider.js";
import type { AuthOptions } from "../../src/options.js";
import { sendJson } from "../support/app.js";
import { postToken } from "../support/back-channel.js";
import { openWorld } from "../support/journey.js";
import type { Fault } from "../support/scripted/faults.js";
import { heldIn, type ScriptedWorld, startScriptedWorld } from "../support/scripted-world.js";

type Way = readonly [string, (world: ScriptedWorld, browser: Browser) => Promise<number>];

/** Each answers the status of the answer that the logout gets. */
const ways: readonly Way[] = [
  ["the person", async (_world, browser) => (await browser.follow("/logout", { followRedirects: false })).status],
  ["the back channel", ({ app, provider }) => postToken(app, provider.logoutToken())],
  [
    "the front channel",
    async ({ provider }, browser) => {
      const query = new URLSearchParams({ iss: provider.issuer, sid: "op-session-1" });
      return (await browser.follow(`/frontchannel-logout?${query}`)).status;
    },
  ],
  [
    "the app",
    async ({ app }) => {
      expect(await app.instance.logins("ada").end()).toBe(1);
      return 200;
    },
  ],
];

async function startSignedIn(options: Partial<AuthOptions> = {}) {
  const world = await startScriptedWorld({ options: { revokeOnLogout: true, ...options } });
  const { browser, page } = await world.signIn("/held");
  return { world, browser, held: heldIn(page) };
}

describe.each(ways)("a logout by %s", (_who, logOut) => {
  test("revokes the refresh token", async () => {
    const { world, browser, held } = await startSignedIn();
    expect(await logOut(world, browser)).toBeLessThan(400);
    await world.app.instance.close();
    expect(world.provider.calls("revocation")).toBe(1);
    const { form, auth } = world.provider.lastCall("revocation") ?? {};
    expect([form?.get("token"), form?.get("token_type_hint")]).toEqual([held.refreshToken, "refresh_token"]);
    expect(auth?.secret).toBe(world.provider.clientSecret);
  });

  test("is over before the provider has answered the revocation; close() waits for it", async () => {
    const { world, browser } = await startSignedIn();
    const held = world.provider.hold("revocation");
    expect(await logOut(world, browser)).toBeLessThan(400);
    expect((await browser.fetch("/api")).status).toBe(401);
    await held.arrived;
    let isClosed = false;
    const closing = world.app.instance.close().then(() => {
      isClosed = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isClosed).toBe(false);
    held.release();
    await closing;
  });

  test.each<[string, Fault]>([
    ["503", { status: 503 }],
    ["a refusal", { status: 400, json: { error: "unsupported_token_type" } }],
    ["a cut connection", "reset"],
    ["silence", "silence"],
  ])("stands where the revocation meets %s", async (_what, fault) => {
    const { world, browser } = await startSignedIn({ http: { timeout: 0.5 } });
    world.provider.fail("revocation", fault);
    expect(await logOut(world, browser)).toBeLessThan(400);
    await world.app.instance.close();
    expect(world.provider.calls("revocation")).toBe(1);
    expect(world.app.errors).toEqual([]);
    expect((await browser.fetch("/api")).status).toBe(401);
  });

  test("asks nobody where the provider has no revocation endpoint", async () => {
    const world = await startScriptedWorld({ options: { revokeOnLogout: true } });
    world.provider.script.metadata = { revocation_endpoint: undefined };
    const { browser } = await world.signIn();
    expect(await logOut(world, browser)).toBeLessThan(400);
    await world.app.instance.close();
    expect([world.provider.calls("revocation"), world.app.errors]).toEqual([0, []]);
  });

  test("revokes nothing without the option", async () => {
    const world = await startScriptedWorld();
    const { browser } = await world.signIn();
    expect(await logOut(world, browser)).toBeLessThan(400);
    await world.app.instance.close();
    expect(world.provider.calls("revocation")).toBe(0);
  });

  test("goes on when onLogout throws", async () => {
    const { world, browser } = await startSignedIn({
      onLogout: () => {
        throw new Error("the hook is broken");
      },
    });
    expect(await logOut(world, browser)).toBeLessThan(400);
    await world.app.instance.close();
    expect(world.provider.calls("revocation")).toBe(1);
    expect((await browser.fetch("/api")).status).toBe(401);
  });
});

test("without a refresh token the access token is revoked", async () => {
  const world = await startScriptedWorld({ options: { revokeOnLogout: true } });
  world.provider.script.refreshTokens = "none";
  const { browser, page } = await world.signIn("/held");
  await browser.follow("/logout", { followRedirects: false });
  await world.app.instance.close();
  const form = world.provider.lastCall("revocation")?.form;
  expect([form?.get("token"), form?.get("token_type_hint")]).toEqual([heldIn(page).accessToken, "access_token"]);
});

test("a login that has run out, or that the provider has ended, revokes nothing", async () => {
  const { world, browser } = await startSignedIn();
  world.provider.grants.revokeLast();
  expect((await browser.fetch("/refresh")).status).toBe(401);
  await world.app.instance.close();
  expect(world.provider.calls("revocation")).toBe(0);
});

test("a real provider knows the refresh token no more", async () => {
  const { client_id: id, client_secret: secret } = demoClient();
  let token = "";
  const world = await openWorld({
    options: { revokeOnLogout: true, idpLogout: false },
    routes: (app) =>
      app.get("/note", requireAuth(), (req, res) => {
        token = oidcOf(req).refreshToken ?? "";
        sendJson(res, {});
      }),
  });
  const isGood = async () => {
    const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString("base64");
    const answer = await fetch(`${world.provider.issuer}/token/introspection`, {
      method: "POST",
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ token }),
    });
    return ((await answer.json()) as { active?: unknown }).active;
  };
  const browser = world.newBrowser();
  await world.signIn(browser, "/note");
  expect(await isGood()).toBe(true);
  await browser.follow("/logout");
  await world.app.instance.close();
  expect(await isGood()).toBe(false);
  expect(world.app.errors).toEqual([]);
});
