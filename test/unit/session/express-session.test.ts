import session from "express-session";
import { describe, expect, test } from "vitest";
import type { Carrier } from "../../../src/session/carrier.js";
import { loadExpressSession, type Parts } from "../../../src/session/express-session.js";
import { LazyTouchStore } from "../../../src/session/lazy-store.js";
import { createSignal } from "../../support/signal.js";

const parts: Parts = { session, LazyTouchStore };
const broken = () => Promise.reject(new Error("Cannot find package 'express-session'"));

/** Asks for a session, and notes whom `attach` sees and what comes of it. */
function asker(attach: Carrier["attach"]) {
  const ended: unknown[] = [];
  return { ended, ask: () => attach({} as never, {} as never, (error) => void ended.push(error)) };
}

const answering: Carrier["attach"] = (_req, _res, done) => done();

describe("express-session, where it is needed", () => {
  test("is what the package exports", async () => {
    const library = loadExpressSession({ isNeeded: true });
    await library.settled;
    expect(library.parts()).toEqual(parts);
    expect(library.failure()).toBeUndefined();
  });

  test("is waited for by requests that come early, and holds none up afterwards", async () => {
    const arrived = createSignal();
    const load = () => arrived.given.then(() => parts);
    const library = loadExpressSession({ isNeeded: true, load });
    const { ended, ask } = asker(library.awaitedBy(answering));
    for (let request = 0; request < 3; request++) ask();
    expect(ended).toEqual([]);
    arrived.give();
    await expect.poll(() => ended).toHaveLength(3);
    ask();
    expect(ended).toEqual([undefined, undefined, undefined, undefined]);
  });

  test("that can't be loaded fails whoever needs it, with the cause, and nobody else", async () => {
    const library = loadExpressSession({ isNeeded: true, load: broken });
    const { ended, ask } = asker(library.awaitedBy(answering));
    ask();
    await library.settled;
    await expect.poll(() => ended).toEqual([undefined]);
    const failure = expect.objectContaining({
      code: "OIDC_SESSION_NOT_MOUNTED",
      status: 500,
      cause: expect.objectContaining({ message: "Cannot find package 'express-session'" }),
    });
    expect(library.failure()).toEqual(failure);
    expect(() => library.parts()).toThrow(failure);
  });

  test("hands what goes wrong for an early request to that request", async () => {
    const fault = new Error("no session");
    const library = loadExpressSession({ isNeeded: true });
    const { ended, ask } = asker(
      library.awaitedBy(() => {
        throw fault;
      }),
    );
    ask();
    await expect.poll(() => ended).toEqual([fault]);
  });
});

describe("express-session, where it is not needed", () => {
  test("is not loaded, and nobody waits", () => {
    const library = loadExpressSession({ isNeeded: false, load: broken });
    const { ended, ask } = asker(library.awaitedBy(answering));
    ask();
    expect(ended).toEqual([undefined]);
    expect(library.failure()).toBeUndefined();
    expect(() => library.parts()).toThrow("express-session can't be loaded");
  });
});
