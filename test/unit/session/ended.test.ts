import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { createEndedMarks } from "../../../src/session/ended.js";
import type { StoredLogin } from "../../../src/session/record.js";
import { createMemoryState } from "../../../src/state/memory.js";

test("two ends of many logins at once are both remembered", async () => {
  const notes = new Map<string, unknown>();
  const slow = {
    async read(_backing: unknown, name: string) {
      const note = notes.get(name);
      await pause(5);
      return note;
    },
    async write(_backing: unknown, name: string, note: { readonly value: unknown }) {
      await pause(5);
      notes.set(name, note.value);
    },
    remove: async () => undefined,
  };
  const marks = createEndedMarks({ absoluteTimeout: 3600, state: createMemoryState() }, slow);
  const backing = { store: {} as never, idle: 60 };
  await Promise.all([
    marks.markAll(backing, "ada", { all: { issued: 1000, madeAtMs: 1 } }),
    marks.markAll(backing, "ada", { redeemedUntilMs: 2_000_000 }),
  ]);
  const ended = (times: Pick<StoredLogin, "issuedAt" | "redeemedAtMs">) =>
    marks.isMarked(backing, "handle", { person: "ada", ...times } as StoredLogin);
  expect(await ended({ issuedAt: 999, redeemedAtMs: 3_000_000 })).toBe(true);
  expect(await ended({ issuedAt: 5000, redeemedAtMs: 1_999_999 })).toBe(true);
  expect(await ended({ issuedAt: 5000, redeemedAtMs: 3_000_000 })).toBe(false);
});
