/**
 * The back channel of a provider that nobody has scripted: oidc-provider posts its own logout tokens to the app.
 * @module
 */
import { describe, expect, test } from "vitest";
import type { Browser } from "../../examples/demo/browser.js";
import type { LogoutEvent } from "../../src/options.js";
import { isSignedIn } from "../support/asking.js";
import { openWorld } from "../support/journey.js";
import type { World, WorldOptions } from "../support/world.js";

const configuration = { features: { backchannelLogout: { enabled: true } } };

function openWithBackChannel(namesSession: boolean, options: WorldOptions["options"] = {}): Promise<World> {
  return openWorld({
    options,
    provider: { configuration },
    client: (baseUrl) => ({
      backchannel_logout_uri: `${baseUrl}/backchannel-logout`,
      backchannel_logout_session_required: namesSession,
    }),
  });
}

async function signInTwice(world: World): Promise<[Browser, Browser]> {
  const browsers: [Browser, Browser] = [world.newBrowser(), world.newBrowser()];
  for (const browser of browsers) await world.signIn(browser);
  return browsers;
}

/** Logs out at the provider itself, without the app. */
async function logOutAtProvider(world: World, browser: Browser): Promise<void> {
  await browser.get(`${world.provider.issuer}/session/end`);
  const { status } = await browser.submit();
  expect(status).toBe(200);
}

function areSignedIn({ baseUrl }: World, browsers: readonly Browser[]): Promise<boolean[]> {
  return Promise.all(browsers.map((browser) => isSignedIn(browser, baseUrl)));
}

describe("a logout at a real provider", () => {
  test("ends the login of that session in the app, and no other of the person", async () => {
    const told: LogoutEvent["by"][] = [];
    const world = await openWithBackChannel(true, { onLogout: ({ by }) => void told.push(by) });
    const [here, elsewhere] = await signInTwice(world);
    await logOutAtProvider(world, here);
    await expect.poll(() => told).toEqual(["backchannel"]);
    expect(await areSignedIn(world, [here, elsewhere])).toEqual([false, true]);
  });

  test("ends all of the person's, where the client has not asked for the session's name", async () => {
    const told: LogoutEvent["by"][] = [];
    const world = await openWithBackChannel(false, { onLogout: ({ by }) => void told.push(by) });
    const [here, elsewhere] = await signInTwice(world);
    const alan = world.newBrowser();
    await world.signIn(alan, "/private", "alan");
    await logOutAtProvider(world, here);
    await expect.poll(() => told).toEqual(["backchannel", "backchannel"]);
    expect(await areSignedIn(world, [here, elsewhere, alan])).toEqual([false, false, true]);
  });

  test("is taken by the provider as heard: it reports no failure", async () => {
    const world = await openWithBackChannel(true);
    const reports: string[] = [];
    world.provider.provider.on("backchannel.success", () => void reports.push("success"));
    world.provider.provider.on("backchannel.error", (_ctx, error) => void reports.push(String(error)));
    const browser = world.newBrowser();
    await world.signIn(browser);
    await logOutAtProvider(world, browser);
    await expect.poll(() => reports).toEqual(["success"]);
  });
});
