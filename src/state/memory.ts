/** @module Shared state for a single process. */
import { StateError } from "../errors.js";
import type { SharedState } from "./port.js";

/** How often entries that nobody asked for again are cleared away, in milliseconds. */
const SWEEP_MS = 60_000;

/** How often they are where the memory is full: looking for them takes as long as there are entries. In milliseconds. */
const SWEEP_OF_FULL_MS = 1000;

interface Entry {
  readonly value: string;
  readonly endsAtMs: number;
}

/**
 * Creates shared state that lives in this process: right for one process, blind to a second one.
 *
 * @param most - how many entries it holds. When it is full it takes no other before one has ended: {@link StateError}. Default: no end.
 */
export function createMemoryState(most: number = Number.POSITIVE_INFINITY): SharedState {
  const entries = new Map<string, Entry>();
  let sweptAtMs = Date.now();

  function live(key: string): Entry | undefined {
    const entry = entries.get(key);
    return entry !== undefined && entry.endsAtMs > Date.now() ? entry : undefined;
  }

  const isFullFor = (key: string) => entries.size >= most && !entries.has(key);

  function write(key: string, value: string, seconds: number): void {
    const nowMs = Date.now();
    if (nowMs - sweptAtMs > (isFullFor(key) ? SWEEP_OF_FULL_MS : SWEEP_MS)) {
      sweptAtMs = nowMs;
      for (const [old, entry] of entries) if (entry.endsAtMs <= nowMs) entries.delete(old);
    }
    if (isFullFor(key)) {
      throw new StateError(
        "OIDC_STATE_UNAVAILABLE",
        `This process remembers ${most} things already and may forget none of them yet, so it can take nothing else. Limit the rate of calls, or give it a shared state (option \`state\`).`,
      );
    }
    entries.set(key, { value, endsAtMs: nowMs + seconds * 1000 });
  }

  return {
    async get(key) {
      return live(key)?.value;
    },
    async set(key, value, seconds) {
      write(key, value, seconds);
    },
    async add(key, value, seconds) {
      if (live(key) !== undefined) return false;
      write(key, value, seconds);
      return true;
    },
    async remove(key, value) {
      return live(key)?.value === value && entries.delete(key);
    },
  };
}
