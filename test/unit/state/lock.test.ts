import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { StateError } from "../../../src/errors.js";
import { type LockTerms, withLock } from "../../../src/state/lock.js";
import { createMemoryState } from "../../../src/state/memory.js";
import type { SharedState } from "../../../src/state/port.js";
import { createSignal } from "../../support/signal.js";

const terms: LockTerms = { key: "lock", what: "renewing this login", life: 5, wait: 2 };

/** Shared state of which one verb fails. */
function stateWithout(verb: keyof SharedState): SharedState {
  const fault = async (): Promise<never> => {
    throw new Error("connect ECONNREFUSED, password=hunter2");
  };
  return { ...createMemoryState(), [verb]: fault };
}

describe("a lock", () => {
  test("lets one at a time through, and all in the end", async () => {
    const state = createMemoryState();
    let [inside, most, done] = [0, 0, 0];
    const work = async () => {
      most = Math.max(most, ++inside);
      await pause(2);
      inside -= 1;
      done += 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(state, terms, work)));
    expect({ most, done }).toEqual({ most: 1, done: 8 });
  });

  test("gives back what the work gives back", async () => {
    expect(await withLock(createMemoryState(), terms, async () => "result")).toBe("result");
  });

  test("is free for another key", async () => {
    const state = createMemoryState();
    const inner = () => withLock(state, { ...terms, key: "other" }, async () => "inner");
    expect(await withLock(state, terms, inner)).toBe("inner");
  });

  test("is given back when the work fails, with the error of the work", async () => {
    const state = createMemoryState();
    const fault = new Error("the work failed");
    await expect(withLock(state, terms, () => Promise.reject(fault))).rejects.toBe(fault);
    expect(await withLock(state, { ...terms, wait: 0 }, async () => "free")).toBe("free");
  });

  test("that stays taken is given up after the wait, without the work being done", async () => {
    const state = createMemoryState();
    await state.set("lock", "somebody else", 60);
    let worked = false;
    const before = performance.now();
    const waiting = withLock(state, { ...terms, wait: 0.1 }, async () => {
      worked = true;
    });
    await expect(waiting).rejects.toMatchObject({ code: "OIDC_STATE_LOCK_TIMEOUT", status: 503 });
    expect(performance.now() - before).toBeLessThan(500);
    expect(worked).toBe(false);
    expect(await state.get("lock")).toBe("somebody else");
  });

  test("of a holder that died ends by itself", async () => {
    const state = createMemoryState();
    await state.add("lock", "dead", 0.1);
    expect(await withLock(state, terms, async () => "mine")).toBe("mine");
  });

  test("that outlived its holder is not taken from the next one", async () => {
    const state = createMemoryState();
    const slow = withLock(state, { ...terms, life: 0.05 }, () => pause(150));
    await pause(70);
    const next = withLock(state, terms, async () => {
      await slow;
      return state.get("lock");
    });
    expect(await next).toMatch(/^[\w-]{22}$/);
    expect(await state.get("lock")).toBeUndefined();
  });

  test.each(["ends well", "fails"])("is kept for what goes on behind the work, until that %s", async (how) => {
    const state = createMemoryState();
    const rest = createSignal();
    const more = how === "fails" ? rest.given.then(() => Promise.reject(new Error("failed"))) : rest.given;
    const working = withLock(state, terms, async (held) => {
      held.until(more);
      return "done";
    });
    expect(await working).toBe("done");
    expect(await state.get("lock")).toMatch(/^[\w-]{22}$/);
    rest.give();
    await expect.poll(() => state.get("lock")).toBeUndefined();
  });

  test("is asked for seldom while others wait", async () => {
    const state = createMemoryState();
    let tries = 0;
    const counting: SharedState = {
      ...state,
      add: (...entry) => {
        tries += 1;
        return state.add(...entry);
      },
    };
    await state.set("lock", "somebody else", 60);
    await withLock(counting, { ...terms, wait: 0.3 }, async () => undefined).catch(() => undefined);
    expect(tries).toBeLessThan(15);
    expect(tries).toBeGreaterThan(2);
  });
});

describe("a lock without its state", () => {
  test("is never held: the work is not done, and the error says so without the fault's secrets", async () => {
    let worked = false;
    const trying = withLock(stateWithout("add"), terms, async () => {
      worked = true;
    });
    const error = await trying.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StateError);
    expect(error).toMatchObject({ code: "OIDC_STATE_UNAVAILABLE", status: 503 });
    expect(worked).toBe(false);
  });

  test("that goes away meanwhile takes no result away", async () => {
    expect(await withLock(stateWithout("remove"), terms, async () => "done")).toBe("done");
  });
});
