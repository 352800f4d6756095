import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createLimitedState } from "../../../src/state/limited.js";
import { createMemoryState } from "../../../src/state/memory.js";
import type { SharedState } from "../../../src/state/port.js";

/** Shared state that never answers. */
const silentState = (): SharedState => {
  const silence = () => new Promise<never>(() => undefined);
  return { get: silence, set: silence, add: silence, remove: silence };
};

/** Every verb of a state, asked at once. */
function askAll(state: SharedState): Promise<unknown>[] {
  return [state.get("a"), state.set("a", "b", 1), state.add("a", "b", 1), state.remove("a", "b")];
}

describe("shared state of somebody else's", () => {
  test("that never answers is waited for two seconds, whatever it is asked", async () => {
    const startedMs = performance.now();
    for (const answer of await Promise.allSettled(askAll(createLimitedState(silentState())))) {
      expect(answer).toMatchObject({ reason: { message: "the shared state has not answered for 2000 ms" } });
    }
    expect(performance.now() - startedMs).toBeGreaterThan(1900);
    expect(performance.now() - startedMs).toBeLessThan(3500);
  });

  test("is passed on as it answers, and as it fails", async () => {
    const state = createLimitedState(createMemoryState());
    expect(await Promise.all(askAll(state))).toEqual([undefined, undefined, false, true]);
    const fault = new Error("connect ECONNREFUSED");
    const failing = createLimitedState({ ...silentState(), get: () => Promise.reject(fault) });
    await expect(failing.get("a")).rejects.toBe(fault);
  });

  test("that throws instead of answering fails like one that can't be reached", async () => {
    const fault = new Error("thrown at once");
    const throwing = () => {
      throw fault;
    };
    await expect(createLimitedState({ ...silentState(), get: throwing }).get("a")).rejects.toBe(fault);
  });

  test("may be an object of a class, with private fields", async () => {
    class Own {
      readonly #inner = createMemoryState();
      get = (key: string) => this.#inner.get(key);
      add = (key: string, value: string, seconds: number) => this.#inner.add(key, value, seconds);
      remove = (key: string, value: string) => this.#inner.remove(key, value);
      set(key: string, value: string, seconds: number): Promise<void> {
        return this.#inner.set(key, value, seconds);
      }
    }
    const state = createLimitedState(new Own());
    await state.set("a", "b", 60);
    expect(await state.get("a")).toBe("b");
  });

  test("that fails when nobody waits any more is no unhandled rejection", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    const late = () => pause(2200).then(() => Promise.reject(new Error("late")));
    await expect(createLimitedState({ ...silentState(), get: late }).get("a")).rejects.toThrow("has not answered");
    await pause(500);
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
});
