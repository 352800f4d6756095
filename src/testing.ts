/** @module express-oidc/testing: the promises of a shared state as cases that any test runner can run. */
import { deepEqual, equal } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { SharedState } from "./state/port.js";

export type { SharedState } from "./state/port.js";

/** A shared state as two processes see it. */
export interface StateUnderTest {
  /** The state as this process sees it. */
  readonly here: SharedState;
  /** The same as another process sees it: another connection, say. Where there can be none, the same object. */
  readonly there: SharedState;
  /** Lets seconds pass, where a clock can be moved. Default: waits. */
  readonly pass?: (seconds: number) => Promise<void>;
}

/** One promise of {@link SharedState}. */
export interface SharedStateCase {
  /** The promise, as a sentence. */
  readonly title: string;
  /**
   * Looks whether it is kept. The state must be empty at the beginning; keys of several cases are the same.
   * @throws {AssertionError} when it is not kept.
   */
  readonly run: (state: StateUnderTest) => Promise<void>;
}

type Work = (state: Required<StateUnderTest>, found: (key: string) => Promise<unknown[]>) => Promise<void>;

function kept(title: string, work: Work): SharedStateCase {
  return {
    title,
    async run({ here, there, pass = (seconds) => pause(seconds * 1000) }) {
      await work({ here, there, pass }, (key) => Promise.all([here.get(key), there.get(key)]));
    },
  };
}

const texts: readonly (readonly [what: string, value: string])[] = [
  ["an empty one", ""],
  ["letters of any language", "\u6771\u{1f600}\u00e9"],
  ["JSON", '{"a":["b"]}'],
  ["what looks like a number", "007"],
  ["spaces around it", " a "],
  ["line ends and NUL", "a\r\nb\0c"],
  ["a long one", "x".repeat(10_000)],
  ["a very long one", "x".repeat(100_000)],
];

const long = "k".repeat(500);

const keys = ["__proto__", "constructor", "a key with spaces", "a:b", "a*?[b]", "{a}b", "\u6771", "", long];

const alike = [
  "key",
  "Key",
  " key",
  "key ",
  "{a}key",
  "k\u00e9y",
  "ke\u0301y",
  "k\u6771y",
  "1",
  "01",
  `${long}1`,
  `${long}2`,
];

const getAndSet: readonly SharedStateCase[] = [
  kept("get: absence is an answer", async (_state, found) => {
    deepEqual(await found("nothing"), [undefined, undefined]);
  }),
  kept("set: what one process writes, every process reads from then on", async ({ here, there }, found) => {
    await here.set("key", "one", 60);
    deepEqual(await found("key"), ["one", "one"]);
    await there.set("key", "two", 60);
    deepEqual(await found("key"), ["two", "two"]);
  }),
  kept("set: a value lives as long as was said last", async ({ here, pass }, found) => {
    await here.set("short", "long", 60);
    await here.set("short", "short", 0.1);
    await here.set("long", "short", 0.1);
    await here.set("long", "long", 60);
    await pass(0.2);
    deepEqual(await found("short"), [undefined, undefined]);
    deepEqual(await found("long"), ["long", "long"]);
  }),
  kept("set: keys do not meet", async ({ here }, found) => {
    await here.set("a", "1", 60);
    await here.set("b", "2", 60);
    equal(await here.remove("a", "1"), true);
    deepEqual(await found("b"), ["2", "2"]);
  }),
  ...texts.map(([what, value]) =>
    kept(`set: a text comes back as it was: ${what}`, async ({ here }, found) => {
      await here.set("key", value, 60);
      deepEqual(await found("key"), [value, value]);
    }),
  ),
  ...keys.map((key) =>
    kept(`any text is a key: ${JSON.stringify(key.slice(0, 20))}`, async ({ here, there }, found) => {
      deepEqual(await found(key), [undefined, undefined]);
      equal(await here.add(key, "value", 60), true);
      deepEqual(await found(key), ["value", "value"]);
      equal(await there.remove(key, "value"), true);
      deepEqual(await found(key), [undefined, undefined]);
    }),
  ),
  kept("keys that look alike are different keys", async ({ here }) => {
    for (const key of alike)
      equal(await here.add(key, key, 60), true, `another key is taken for ${JSON.stringify(key)}`);
    for (const key of alike) equal(await here.get(key), key);
  }),
];

const endOfEntries: readonly SharedStateCase[] = [
  kept("the end of an entry: comes by itself, for fractions of a second too", async ({ here, pass }, found) => {
    await here.set("key", "value", 0.3);
    deepEqual(await found("key"), ["value", "value"]);
    await pass(0.35);
    deepEqual(await found("key"), [undefined, undefined]);
  }),
  kept("the end of an entry: does not come early", async ({ here, pass }, found) => {
    await here.set("key", "value", 1);
    await pass(0.5);
    deepEqual(await found("key"), ["value", "value"]);
  }),
  kept("the end of an entry: comes for one that was added, as for one that was set", async ({ here, pass }, found) => {
    await here.add("key", "value", 0.1);
    await pass(0.2);
    deepEqual(await found("key"), [undefined, undefined]);
  }),
  kept("the end of an entry: is the end for every verb", async ({ here, there, pass }, found) => {
    await here.set("key", "old", 0.1);
    await pass(0.2);
    equal(await there.remove("key", "old"), false);
    equal(await there.add("key", "new", 60), true);
    deepEqual(await found("key"), ["new", "new"]);
  }),
];

const add: readonly SharedStateCase[] = [
  kept("add: writes only where there is nothing", async ({ here, there }, found) => {
    equal(await here.add("key", "first", 60), true);
    equal(await there.add("key", "second", 60), false);
    equal(await here.add("key", "first", 60), false);
    deepEqual(await found("key"), ["first", "first"]);
  }),
  kept("add: writes over nothing that was set, nor over an empty text", async ({ here, there }, found) => {
    await here.set("key", "", 60);
    equal(await there.add("key", "second", 60), false);
    deepEqual(await found("key"), ["", ""]);
  }),
  kept("add: does not lengthen the life of what it found", async ({ here, pass }, found) => {
    await here.add("key", "first", 0.2);
    await here.add("key", "second", 60);
    await pass(0.3);
    deepEqual(await found("key"), [undefined, undefined]);
  }),
  kept("add: lets one of many at once win, whose value is there then", async ({ here, there }) => {
    const values = Array.from({ length: 50 }, (_, at) => `value ${at}`);
    const won = await Promise.all(values.map((value, at) => (at % 2 === 0 ? here : there).add("key", value, 60)));
    equal(won.filter(Boolean).length, 1);
    equal(await here.get("key"), values[won.indexOf(true)]);
  }),
];

const remove: readonly SharedStateCase[] = [
  kept("remove: removes what holds this value, for every process", async ({ here, there }, found) => {
    await here.set("key", "value", 60);
    equal(await there.remove("key", "value"), true);
    deepEqual(await found("key"), [undefined, undefined]);
  }),
  kept("remove: leaves any other value alone", async ({ here, there }, found) => {
    await here.set("key", "mine", 60);
    for (const value of ["yours", "", "Mine", "mine "]) equal(await there.remove("key", value), false);
    deepEqual(await found("key"), ["mine", "mine"]);
  }),
  kept("remove: of nothing is no error", async ({ here }) => {
    equal(await here.remove("nothing", "value"), false);
  }),
  kept("remove: lets one of many at once win", async ({ here, there }) => {
    await here.set("key", "value", 60);
    const tries = Array.from({ length: 50 }, (_, at) => (at % 2 === 0 ? here : there).remove("key", "value"));
    equal((await Promise.all(tries)).filter(Boolean).length, 1);
  }),
  kept("remove: makes room for an add", async ({ here, there }) => {
    await here.add("key", "first", 60);
    equal(await here.remove("key", "first"), true);
    equal(await there.add("key", "second", 60), true);
  }),
];

/**
 * Every promise of {@link SharedState}, as a case. Give each an empty state of its own.
 *
 * @example
 * for (const { title, run } of sharedStateCases) test(title, async () => run({ here: await createMyState(), there: await createMyState() }));
 */
export const sharedStateCases: readonly SharedStateCase[] = [...getAndSet, ...endOfEntries, ...add, ...remove];
