import { describe, expect, test, vi } from "vitest";
import { createMemoryState } from "../../../src/state/memory.js";
import { stopClock } from "../../support/clock.js";

describe("shared state in this process", () => {
  test("ends an entry to the millisecond", async () => {
    const clock = stopClock();
    const state = createMemoryState();
    await state.set("key", "value", 2);
    clock.advance(1.999);
    expect(await state.get("key")).toBe("value");
    clock.advance(0.001);
    expect(await state.get("key")).toBeUndefined();
  });

  test("shares nothing with a second state", async () => {
    const [one, two] = [createMemoryState(), createMemoryState()];
    await one.set("key", "value", 60);
    expect(await two.get("key")).toBeUndefined();
    expect(await two.add("key", "other", 60)).toBe(true);
    expect(await one.get("key")).toBe("value");
  });

  test("clears away what nobody asks for again, once a minute, and nothing else", async () => {
    const clock = stopClock();
    const cleared = vi.spyOn(Map.prototype, "delete");
    const state = createMemoryState();
    for (let at = 0; at < 100; at++) await state.set(`short ${at}`, "value", 1);
    await state.set("long", "value", 600);
    clock.advance(30);
    await state.set("a", "value", 1);
    expect(cleared).not.toHaveBeenCalled();
    clock.advance(31);
    await state.set("b", "value", 1);
    expect(cleared).toHaveBeenCalledTimes(101);
    expect(await state.get("long")).toBe("value");
  });

  describe("that holds two entries at most", () => {
    test("takes no third one before one has ended, and forgets none of them for it", async () => {
      const clock = stopClock();
      const state = createMemoryState(2);
      await state.set("a", "value", 2);
      expect(await state.add("b", "value", 60)).toBe(true);
      clock.advance(1.5);
      await expect(state.add("c", "value", 60)).rejects.toMatchObject({ code: "OIDC_STATE_UNAVAILABLE", status: 503 });
      await expect(state.set("c", "value", 60)).rejects.toThrow(/remembers 2 things already/);
      expect(await state.add("a", "value", 60)).toBe(false);
      clock.advance(1.1);
      expect(await state.add("c", "value", 60)).toBe(true);
      expect([await state.get("b"), await state.add("b", "value", 60)]).toEqual(["value", false]);
    });

    test("writes over those that it has", async () => {
      const state = createMemoryState(2);
      for (const key of ["a", "b", "a"]) await state.set(key, "value", 60);
      expect(await state.remove("a", "value")).toBe(true);
      expect(await state.add("c", "value", 60)).toBe(true);
    });

    test("looks once a second for what has ended", async () => {
      const clock = stopClock();
      const state = createMemoryState(2);
      clock.advance(2);
      await state.set("a", "value", 1);
      await state.set("b", "value", 1);
      await expect(state.set("c", "value", 1)).rejects.toThrow();
      clock.advance(1);
      await expect(state.set("c", "value", 1)).rejects.toThrow();
      clock.advance(1);
      await state.set("c", "value", 1);
    });
  });

  test("keeps no timer, which would keep the process alive", async () => {
    const before = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    await createMemoryState().set("key", "value", 60);
    expect(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout")).toHaveLength(before);
  });
});
