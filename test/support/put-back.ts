/**
 * Runs around every test file: the next one shares its process, and must find there what this one has found.
 * @module
 */
import { afterAll, beforeAll, expect, vi } from "vitest";

/** What tests change in a process, by name. */
function surroundings(): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ["the clock", vi.isFakeTimers()],
    ["the folder", process.cwd()],
    ["fetch", globalThis.fetch],
    ["what fetch sends with", dispatcherName()],
    ...["uncaughtException", "unhandledRejection", "warning"].map(
      (event) => [`listeners of ${event}`, process.listenerCount(event)] as const,
    ),
    ...Object.entries(process.env),
  ]);
}

/** Node puts its own there with the first `fetch`. */
function dispatcherName(): string {
  const dispatcher: unknown = Reflect.get(globalThis, Symbol.for("undici.globalDispatcher.1"));
  return typeof dispatcher === "object" && dispatcher !== null ? dispatcher.constructor.name : "Agent";
}

let found: ReturnType<typeof surroundings>;
beforeAll(() => {
  found = surroundings();
});
afterAll(() => {
  const now = surroundings();
  // by name alone: what stands in the environment may be a secret
  const leftBehind = [...new Set([...found.keys(), ...now.keys()])].filter((name) => found.get(name) !== now.get(name));
  expect(leftBehind, "what this file has changed in its process and not put back").toEqual([]);
});
