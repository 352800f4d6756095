import helmet from "helmet";
import { describe, expect, test } from "vitest";
import type { Browser } from "../../examples/demo/browser.js";
import type { LogoutEvent } from "../../src/options.js";
import { type ScriptedWorld, startScriptedWorld } from "../support/scripted-world.js";

/** What the provider's logout page makes a browser do whose cookie goes along: open the address in a hidden frame. */
function frame({ app }: ScriptedWorld, browser: Browser, query: Readonly<Record<string, string>>) {
  const headers = { "sec-fetch-dest": "iframe", "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate" };
  return browser.get(`${app.url}/frontchannel-logout?${new URLSearchParams(query)}`, { headers });
}

const isSignedIn = async ({ app }: ScriptedWorld, browser: Browser) => {
  const headers = { cookie: browser.cookies.header(new URL(app.url)) };
  return (await fetch(`${app.url}/api`, { headers })).status === 200;
};

describe("the address for a hidden frame", () => {
  test("signs the person out whose iss and sid it names, and takes the old cookie's worth", async () => {
    const world = await startScriptedWorld();
    const { browser } = await world.signIn();
    const cookie = browser.cookies.header(new URL(world.app.url));
    const answer = await frame(world, browser, { iss: world.provider.issuer, sid: "op-session-1" });
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(await isSignedIn(world, browser)).toBe(false);
    expect((await fetch(`${world.app.url}/api`, { headers: { cookie } })).status).toBe(401);
  });

  test.each([
    ["another sid", { sid: "op-session-2" }],
    ["another issuer", { iss: "https://evil.example" }],
    ["an empty sid", { sid: "" }],
  ])("does nothing for %s", async (_what, over) => {
    const world = await startScriptedWorld();
    const { browser } = await world.signIn();
    const answer = await frame(world, browser, { iss: world.provider.issuer, sid: "op-session-1", ...over });
    expect(answer.status).toBe(200);
    expect(await isSignedIn(world, browser)).toBe(true);
  });

  test.each([["iss"], ["sid"]])("refuses %s without the other", async (name) => {
    const world = await startScriptedWorld();
    const { browser } = await world.signIn();
    const values: Readonly<Record<string, string>> = { iss: world.provider.issuer, sid: "op-session-1" };
    expect((await frame(world, browser, { [name]: values[name] ?? "" })).status).toBe(400);
    expect(await isSignedIn(world, browser)).toBe(true);
  });

  test.each([
    ["stays, where it has a sid", "op-session-1", true],
    ["ends, where it has no sid either", undefined, false],
  ])("named by nothing: a login %s", async (_what, sid, stays) => {
    const world = await startScriptedWorld();
    world.provider.script.idToken = { sid };
    const { browser } = await world.signIn();
    expect((await frame(world, browser, {})).status).toBe(200);
    expect(await isSignedIn(world, browser)).toBe(stays);
  });

  test("answers 200 where nobody is signed in", async () => {
    const { app, provider } = await startScriptedWorld();
    const query = new URLSearchParams({ iss: provider.issuer, sid: "op-session-1" });
    expect((await fetch(`${app.url}/frontchannel-logout?${query}`)).status).toBe(200);
  });

  test.each(["HEAD", "POST"])("answers %s with 405", async (method) => {
    const { app } = await startScriptedWorld();
    const answer = await fetch(`${app.url}/frontchannel-logout`, { method });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET"]);
  });

  test("may be framed by the provider and by nobody else, whatever the app's helmet says; no other route of ours may", async () => {
    const world = await startScriptedWorld({ before: (app) => app.use(helmet()) });
    const { browser } = await world.signIn();
    const { headers } = await frame(world, browser, { iss: world.provider.issuer, sid: "op-session-1" });
    expect(headers.get("content-security-policy")).toBe(`default-src 'none'; frame-ancestors ${world.provider.issuer}`);
    expect([headers.get("x-frame-options"), headers.get("cross-origin-resource-policy")]).toEqual([
      null,
      "cross-origin",
    ]);
    const other = await fetch(`${world.app.url}/logged-out`, { redirect: "manual" });
    expect(other.headers.get("x-frame-options")).toBe("DENY");
    expect(other.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });

  test("tells onLogout", async () => {
    const told: LogoutEvent[] = [];
    const world = await startScriptedWorld({ options: { onLogout: (event) => void told.push(event) } });
    const { browser } = await world.signIn();
    await frame(world, browser, { iss: world.provider.issuer, sid: "op-session-1" });
    expect(told.map(({ by, user }) => [by, user.sub])).toEqual([["frontchannel", "ada"]]);
  });
});
