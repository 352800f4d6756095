/**
 * A shared state that can be made to fail, before or after it has done what it was asked.
 * @module
 */
import { createMemoryState } from "../../src/state/memory.js";
import type { SharedState } from "../../src/state/port.js";

type Verb = keyof SharedState;

/** How a verb fails: nothing is done; or it is done, and its answer gets lost. */
type Fault = "refused" | "answer lost";

/** State in memory, with trouble on demand. */
export interface ScriptedState extends SharedState {
  /** Makes a verb fail from now on, for keys that match. */
  fail(verb: Verb, fault: Fault, keys?: RegExp): void;
  /** Makes everything well again. */
  heal(): void;
  /** Loses what was added, as a Redis does that fails over to a replica. */
  loseLocks(): Promise<void>;
  /** Loses everything, as a Redis does that keeps nothing on disk. */
  loseAll(): void;
}

/** Creates it. */
export function createScriptedState(): ScriptedState {
  let inner = createMemoryState();
  const added = new Map<string, string>();
  const faults = new Map<Verb, { readonly fault: Fault; readonly keys: RegExp }>();
  async function run<Result>(verb: Verb, key: string, work: () => Promise<Result>): Promise<Result> {
    const trouble = faults.get(verb);
    if (!trouble?.keys.test(key)) return work();
    if (trouble.fault === "answer lost") await work();
    throw new Error("the state is away");
  }
  return {
    get: (key) => run("get", key, () => inner.get(key)),
    set: (key, value, seconds) => run("set", key, () => inner.set(key, value, seconds)),
    add(key, value, seconds) {
      added.set(key, value);
      return run("add", key, () => inner.add(key, value, seconds));
    },
    remove: (key, value) => run("remove", key, () => inner.remove(key, value)),
    fail: (verb, fault, keys = /./) => void faults.set(verb, { fault, keys }),
    heal: () => faults.clear(),
    async loseLocks() {
      for (const [key, value] of added) await inner.remove(key, value);
    },
    loseAll() {
      inner = createMemoryState();
    },
  };
}
