/** @module Shared state for a single process. */
import type { SharedState } from "./port.js";

/** How often entries that nobody asked for again are cleared away, in milliseconds. */
const SWEEP_MS = 60_000;

interface Entry {
  readonly value: string;
  readonly endsAtMs: number;
}

/** Creates shared state that lives in this process: right for one process, blind to a second one. */
export function createMemoryState(): SharedState {
  const entries = new Map<string, Entry>();
  let sweptAtMs = Date.now();

  function live(key: string): Entry | undefined {
    const entry = entries.get(key);
    return entry !== undefined && entry.endsAtMs > Date.now() ? entry : undefined;
  }

  function write(key: string, value: string, seconds: number): void {
    const nowMs = Date.now();
    if (nowMs - sweptAtMs > SWEEP_MS) {
      sweptAtMs = nowMs;
      for (const [old, entry] of entries) if (entry.endsAtMs <= nowMs) entries.delete(old);
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
