/**
 * What every shared state promises, as tests. Whoever writes an implementation runs them on it.
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SharedState } from "../../src/state/port.js";

/** A shared state as two processes see it. */
export interface StateUnderTest {
  /** The state as this process sees it. */
  readonly here: SharedState;
  /** The same as another process sees it; where there can be none, the same object. */
  readonly there: SharedState;
  /** Lets seconds pass: by waiting, or by moving the clock that the state goes by. */
  pass(seconds: number): Promise<void>;
  /** Gives back what it holds. */
  close(): Promise<void>;
}

/** Runs the promises of the port on one implementation. Each test gets a state of its own, or at least an empty one. */
export function sharedStateContract(name: string, create: () => Promise<StateUnderTest>): void {
  let state: StateUnderTest;

  beforeEach(async () => {
    state = await create();
  });

  afterEach(() => state.close());

  /** What a fresh pair of eyes finds under a key. */
  const found = (key: string) => Promise.all([state.here.get(key), state.there.get(key)]);

  describe(`${name}: get and set`, () => {
    test("absence is an answer", async () => {
      expect(await found("nothing")).toEqual([undefined, undefined]);
    });

    test("what one process writes, every process reads from then on", async () => {
      await state.here.set("key", "one", 60);
      expect(await found("key")).toEqual(["one", "one"]);
      await state.there.set("key", "two", 60);
      expect(await found("key")).toEqual(["two", "two"]);
    });

    test("a value is written over any other, and lives as long as was said last", async () => {
      await state.here.set("key", "long", 60);
      await state.here.set("key", "short", 0.1);
      await state.pass(0.2);
      expect(await found("key")).toEqual([undefined, undefined]);
      await state.here.set("key", "short", 0.1);
      await state.here.set("key", "long", 60);
      await state.pass(0.2);
      expect(await found("key")).toEqual(["long", "long"]);
    });

    test("keys do not meet", async () => {
      await state.here.set("a", "1", 60);
      await state.here.set("b", "2", 60);
      expect(await state.here.remove("a", "1")).toBe(true);
      expect(await found("b")).toEqual(["2", "2"]);
    });

    test.each([
      ["empty", ""],
      ["letters of any language", "\u6771\u{1f600}\u00e9"],
      ["JSON", '{"a":["b"]}'],
      ["what looks like a number", "007"],
      ["line ends and NUL", "a\r\nb\0c"],
      ["long", "x".repeat(10_000)],
    ])("a text comes back as it was: %s", async (_what, value) => {
      await state.here.set("key", value, 60);
      expect(await found("key")).toEqual([value, value]);
    });

    test.each(["__proto__", "constructor", "a key with spaces", "a:b", "a*?[b]", "\u6771", ""])(
      "any text is a key: %j",
      async (key) => {
        expect(await found(key)).toEqual([undefined, undefined]);
        await state.here.set(key, "value", 60);
        expect(await found(key)).toEqual(["value", "value"]);
      },
    );
  });

  describe(`${name}: the end of an entry`, () => {
    test("comes by itself, for fractions of a second too", async () => {
      await state.here.set("key", "value", 0.3);
      expect(await found("key")).toEqual(["value", "value"]);
      await state.pass(0.35);
      expect(await found("key")).toEqual([undefined, undefined]);
    });

    test("does not come early", async () => {
      await state.here.set("key", "value", 1);
      await state.pass(0.5);
      expect(await found("key")).toEqual(["value", "value"]);
    });

    test("comes for an entry that was added, as for one that was set", async () => {
      await state.here.add("key", "value", 0.1);
      await state.pass(0.2);
      expect(await found("key")).toEqual([undefined, undefined]);
    });

    test("is the end for every verb", async () => {
      await state.here.set("key", "old", 0.1);
      await state.pass(0.2);
      expect(await state.there.remove("key", "old")).toBe(false);
      expect(await state.there.add("key", "new", 60)).toBe(true);
      expect(await found("key")).toEqual(["new", "new"]);
    });
  });

  describe(`${name}: add`, () => {
    test("writes only where there is nothing", async () => {
      expect(await state.here.add("key", "first", 60)).toBe(true);
      expect(await state.there.add("key", "second", 60)).toBe(false);
      expect(await state.here.add("key", "first", 60)).toBe(false);
      expect(await found("key")).toEqual(["first", "first"]);
    });

    test("writes over nothing that was set, nor over an empty text", async () => {
      await state.here.set("key", "", 60);
      expect(await state.there.add("key", "second", 60)).toBe(false);
      expect(await found("key")).toEqual(["", ""]);
    });

    test("does not lengthen the life of what it found", async () => {
      await state.here.add("key", "first", 0.2);
      await state.here.add("key", "second", 60);
      await state.pass(0.3);
      expect(await found("key")).toEqual([undefined, undefined]);
    });

    test("lets one of many at once win, whose value is there then", async () => {
      const values = Array.from({ length: 50 }, (_, at) => `value ${at}`);
      const won = await Promise.all(
        values.map((value, at) => (at % 2 === 0 ? state.here : state.there).add("key", value, 60)),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await state.here.get("key")).toBe(values[won.indexOf(true)]);
    });
  });

  describe(`${name}: remove`, () => {
    test("removes what holds this value, for every process", async () => {
      await state.here.set("key", "value", 60);
      expect(await state.there.remove("key", "value")).toBe(true);
      expect(await found("key")).toEqual([undefined, undefined]);
    });

    test("leaves any other value alone", async () => {
      await state.here.set("key", "mine", 60);
      for (const value of ["yours", "", "Mine", "mine "]) expect(await state.there.remove("key", value)).toBe(false);
      expect(await found("key")).toEqual(["mine", "mine"]);
    });

    test("of nothing is no error", async () => {
      expect(await state.here.remove("nothing", "value")).toBe(false);
    });

    test("lets one of many at once win", async () => {
      await state.here.set("key", "value", 60);
      const won = await Promise.all(Array.from({ length: 50 }, () => state.here.remove("key", "value")));
      expect(won.filter(Boolean)).toHaveLength(1);
    });

    test("makes room for an add", async () => {
      await state.here.add("key", "first", 60);
      await state.here.remove("key", "first");
      expect(await state.there.add("key", "second", 60)).toBe(true);
    });
  });
}
