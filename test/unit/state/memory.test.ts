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

  test("keeps no timer, which would keep the process alive", async () => {
    const before = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    await createMemoryState().set("key", "value", 60);
    expect(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout")).toHaveLength(before);
  });
});
