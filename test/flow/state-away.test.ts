/**
 * Shared state of the app's own making that never answers: no request hangs for it.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createMemoryState } from "../../src/state/memory.js";
import type { SharedState } from "../../src/state/port.js";
import { stopClock } from "../support/clock.js";
import { failureIn, startScriptedWorld } from "../support/scripted-world.js";

const unavailable = { status: 503, code: "OIDC_STATE_UNAVAILABLE" };
const about = (expected: number) => expect.toSatisfy((seconds: number) => Math.abs(seconds - expected) < 1);

/** Shared state that can be made silent. */
function createMutableState(): { readonly state: SharedState; isSilent: boolean } {
  const inner = createMemoryState();
  const mute = { isSilent: false };
  const orSilence = <Result>(answer: () => Promise<Result>) =>
    mute.isSilent ? new Promise<Result>(() => undefined) : answer();
  const state: SharedState = {
    get: (key) => orSilence(() => inner.get(key)),
    set: (key, value, seconds) => orSilence(() => inner.set(key, value, seconds)),
    add: (key, value, seconds) => orSilence(() => inner.add(key, value, seconds)),
    remove: (key, value) => orSilence(() => inner.remove(key, value)),
  };
  return Object.assign(mute, { state });
}

/** Somebody is signed in, and the state says nothing any more. */
async function openSilent() {
  const mute = createMutableState();
  const world = await startScriptedWorld({ options: { state: mute.state } });
  const { browser } = await world.signIn();
  mute.isSilent = true;
  return { ...world, browser, mute };
}

/** What comes of some work, and after how many seconds; it is not waited for without an end. */
async function timed<Result>(work: Promise<Result>): Promise<{ result: Result | "still waiting"; seconds: number }> {
  const startedMs = performance.now();
  const result = await Promise.race([work, pause(6000, "still waiting" as const, { ref: false })]);
  return { result, seconds: (performance.now() - startedMs) / 1000 };
}

describe("shared state that never answers", () => {
  test("is asked twice at a logout and waited for two seconds each time: 503, and the login is over all the same", async () => {
    const { app, browser, mute } = await openSilent();
    const logout = browser.get(`${app.url}/logout`).then(failureIn);
    expect(await timed(logout)).toEqual({ result: expect.objectContaining(unavailable), seconds: about(4) });
    mute.isSilent = false;
    expect((await browser.fetch("/api")).status).toBe(401);
  });

  test("is waited for two seconds at a login, which is 503", async () => {
    const { signIn } = await openSilent();
    const login = signIn().then(({ page }) => failureIn(page));
    expect(await timed(login)).toEqual({ result: expect.objectContaining(unavailable), seconds: about(2) });
  });

  test("is waited for two seconds at a renewal, and signs nobody out", async () => {
    const clock = stopClock();
    const { provider, browser, mute } = await openSilent();
    expect((await browser.fetch("/token")).status).toBe(200);
    clock.advance(3700);
    const answer = browser.fetch("/token").then(failureIn);
    expect(await timed(answer)).toEqual({ result: expect.objectContaining(unavailable), seconds: about(2) });
    mute.isSilent = false;
    expect((await browser.fetch("/token")).status).toBe(200);
    expect(provider.calls("refresh")).toBe(1);
  });

  test("is named by health()", async () => {
    const { app } = await openSilent();
    const state = { ok: false, code: "OIDC_STATE_UNAVAILABLE", seconds: about(2) };
    expect((await timed(app.instance.health())).result).toMatchObject({ ok: false, state });
  });
});
