/**
 * An app that needs no `req.session`: a signed cookie of ours carries its logins.
 * @module
 */
import { expect } from "vitest";
import type { Browser } from "../../examples/demo/browser.js";
import type { AuthOptions, SessionOptions } from "../../src/options.js";
import { setCookiesFor } from "./asking.js";
import { sessionCookieOf } from "./journey.js";
import { ScriptedStore } from "./scripted-store.js";
import { type ScriptedWorldOptions, startScriptedWorld } from "./scripted-world.js";

/** The options of such an app. */
export function lean(more: SessionOptions = {}, others: Partial<AuthOptions> = {}): { options: Partial<AuthOptions> } {
  return { options: { ...others, session: { reqSession: false, ...more } } };
}

/** A world in which somebody has signed in, with a store that tells what it is asked from then on, and the login's cookie. */
export async function startLean(more: SessionOptions = {}, others: ScriptedWorldOptions = {}) {
  const store = new ScriptedStore();
  const world = await startScriptedWorld({ ...others, ...lean({ store, ...more }, others.options) });
  const { browser, page } = await world.signIn();
  expect(page.json()).toEqual({ sub: "ada" });
  const { name = "", value = "" } = sessionCookieOf(browser) ?? {};
  store.calls.length = 0;
  return { ...world, browser, store, name, value };
}

/** The Set-Cookie lines about one cookie, in the order in which they came. */
export function linesOf(browser: Browser, name: string): string[] {
  return browser.history.flatMap((answer) => setCookiesFor(answer, name));
}
