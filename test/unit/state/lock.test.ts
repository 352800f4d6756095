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

/** Shared state that freezes as a lock is taken: that fails, as does every removal, and has its effect when the state goes on. */
function stateThatFreezes(ms: number): SharedState & { removals: number } {
  const state = createMemoryState();
  const goesOn = pause(ms, undefined, { ref: false });
  let isFrozen = true;
  void goesOn.then(() => {
    isFrozen = false;
  });
  const silence = () => Promise.reject(new Error("no answer for 1 s"));
  const freezing: SharedState & { removals: number } = {
    ...state,
    removals: 0,
    add(...entry) {
      if (!isFrozen) return state.add(...entry);
      void goesOn.then(() => state.add(...entry));
      return silence();
    },
    remove(...entry) {
      freezing.removals += 1;
      return isFrozen ? silence() : state.remove(...entry);
    },
  };
  return freezing;
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

// each waits for a second or two: all at once
describe.concurrent("a lock whose taking was not answered", () => {
  test.each([
    ["soon", 100],
    ["after a while", 700],
  ])("and has its effect %s is given back, so that the next one gets it before it ends by itself", async (_, ms) => {
    const state = stateThatFreezes(ms);
    await expect(withLock(state, terms, async () => "mine")).rejects.toMatchObject({ code: "OIDC_STATE_UNAVAILABLE" });
    expect(state.removals).toBe(0);
    await expect.poll(() => state.get("lock"), { interval: 10 }).toBeDefined();
    expect(await withLock(state, { ...terms, wait: 1.5 }, async () => "next")).toBe("next");
  });

  test("is given back once, when one try was answered", async () => {
    const state = stateThatFreezes(100);
    await withLock(state, terms, async () => "mine").catch(() => undefined);
    await pause(1700);
    expect(state.removals).toBe(1);
  });

  test("is nobody's business any more when its life is over", async () => {
    const state = stateThatFreezes(60_000);
    await withLock(state, { ...terms, life: 1.2 }, async () => "mine").catch(() => undefined);
    await pause(2500);
    expect(state.removals).toBe(2);
  });

  test("is not taken from the next one by the giving back", async () => {
    const state = createMemoryState();
    const failing: SharedState = { ...state, add: () => Promise.reject(new Error("never arrived")) };
    await withLock(failing, terms, async () => "mine").catch(() => undefined);
    const next = withLock(state, terms, async () => {
      await pause(700);
      return state.get("lock");
    });
    expect(await next).toMatch(/^[\w-]{22}$/);
  });
});
