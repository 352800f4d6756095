import { describe, expect, test } from "vitest";
import { BoundedMap } from "../../../src/state/bounded-map.js";

describe("a map that forgets its oldest entries", () => {
  test("gives back what was written", () => {
    const map = new BoundedMap<number>(2);
    map.set("a", 1);
    expect(map.get("a")).toBe(1);
    expect(map.get("b")).toBeUndefined();
  });

  test("keeps as many as it may, and drops the one that was written longest ago", () => {
    const map = new BoundedMap<number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.set("c", 3);
    expect([map.get("a"), map.get("b"), map.get("c")]).toEqual([undefined, 2, 3]);
  });

  test("takes an entry that is written again for a young one", () => {
    const map = new BoundedMap<number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.set("a", 3);
    map.set("c", 4);
    expect([map.get("a"), map.get("b"), map.get("c")]).toEqual([3, undefined, 4]);
  });

  test("has room again for each entry that is deleted", () => {
    const map = new BoundedMap<number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.delete("b");
    map.delete("never there");
    map.set("c", 3);
    expect([map.get("a"), map.get("b"), map.get("c")]).toEqual([1, undefined, 3]);
  });

  test("stays within its limit under any traffic", () => {
    const map = new BoundedMap<number>(100);
    for (let at = 0; at < 10_000; at++) map.set(`key ${at % 1000}`, at);
    const kept = Array.from({ length: 1000 }, (_, at) => map.get(`key ${at}`)).filter((value) => value !== undefined);
    expect(kept).toHaveLength(100);
    expect(Math.min(...kept)).toBe(9900);
  });

  test("drops the oldest one too where others were deleted or written again in between", () => {
    const map = new BoundedMap<number>(3);
    for (const key of ["a", "b", "c", "d"]) map.set(key, 1);
    map.set("c", 2);
    map.set("e", 1);
    map.delete("d");
    map.set("f", 1);
    map.set("g", 1);
    const kept = ["a", "b", "c", "d", "e", "f", "g"].filter((key) => map.get(key) !== undefined);
    expect(kept).toEqual(["e", "f", "g"]);
  });

  test("takes any text for a key", () => {
    const map = new BoundedMap<number>(2);
    expect(map.get("__proto__")).toBeUndefined();
    map.set("__proto__", 1);
    expect(map.get("__proto__")).toBe(1);
  });
});
