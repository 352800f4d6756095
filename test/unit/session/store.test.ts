import { inspect } from "node:util";
import session from "express-session";
import { describe, expect, test } from "vitest";
import type { SessionStore } from "../../../src/options.js";
import { createRecords } from "../../../src/session/records.js";
import { entryFor, isInMemory, readEntry, removeEntry, writeEntry } from "../../../src/session/store.js";
import { createMemoryState } from "../../../src/state/memory.js";
import { stopClock } from "../../support/clock.js";
import { loginWith } from "../../support/logins.js";
import { settingsWith } from "../../support/settings.js";
import { createBrokenStore, createFileStore, createPromptStore, TextStore } from "../../support/stores.js";

describe("an entry", () => {
  test("tells every kind of store when it ends", () => {
    const clock = stopClock();
    const { cookie, oidc } = entryFor("what", 90);
    expect(oidc).toBe("what");
    expect(cookie).toMatchObject({ originalMaxAge: 90_000, maxAge: 90_000 });
    expect(Date.parse(cookie.expires) / 1000).toBe(clock.now() + 90);
  });

  test("lives for a second at least, for stores refuse less", () => {
    expect([entryFor(1, 0).cookie.maxAge, entryFor(1, -5).cookie.maxAge]).toEqual([1000, 1000]);
  });
});

describe("a store in this process's memory", () => {
  /** As another copy of express-session has it. */
  const copy = class MemoryStore extends TextStore {
    readonly sessions = {};
  };
  const shared = class MemoryStore extends TextStore {};
  class Shared extends session.MemoryStore {}

  test.each([
    ["express-session's own", new session.MemoryStore(), true],
    ["that of another copy of express-session", new copy(), true],
    ["one that is made of it", new Shared(), false],
    ["one that has its name alone", new shared(), false],
  ])("is told by its form: %s", (_what, store, expected) => {
    expect(isInMemory(store)).toBe(expected);
  });
});

describe("absence", () => {
  test.each([
    ["null", new TextStore()],
    ["undefined", createPromptStore()],
    ["ENOENT", createFileStore()],
  ])("is an answer where a store says %s", async (_word, store) => {
    expect(await readEntry(store, "nothing")).toBeUndefined();
    expect(await removeEntry(store, "nothing")).toBeUndefined();
  });
});

describe("a session store that is away", () => {
  const away = (verb: "get" | "set" | "destroy") => createBrokenStore(new TextStore(), verb);

  test.each([
    ["reading", () => readEntry(away("get"), "id")],
    ["writing", () => writeEntry(away("set"), "id", entryFor(1, 60))],
    ["removing", () => removeEntry(away("destroy"), "id")],
  ])("is a 503 of its own: %s", async (_what, call) => {
    await expect(call()).rejects.toMatchObject({ name: "StateError", code: "OIDC_STATE_UNAVAILABLE", status: 503 });
  });

  test("lets nobody in: no login is found, and no error passes for none", async () => {
    const records = createRecords(settingsWith());
    const inner = new TextStore();
    await records.write({ store: inner, idle: 60 }, loginWith());
    const reading = records.read({ store: createBrokenStore(inner, "get"), idle: 60 }, "the-handle");
    await expect(reading).rejects.toMatchObject({ code: "OIDC_STATE_UNAVAILABLE" });
  });

  test("does not let a login pass as ended that could not be marked", async () => {
    const records = createRecords(settingsWith());
    const ending = records.end(
      { store: createBrokenStore(new TextStore(), "set"), idle: 60 },
      { handle: "the-handle", person: "ada" },
    );
    await expect(ending).rejects.toMatchObject({ code: "OIDC_STATE_UNAVAILABLE" });
  });

  test("stops nobody when only a use can't be noted", async () => {
    const clock = stopClock();
    const records = createRecords(settingsWith());
    const inner = new TextStore();
    const stored = await records.write({ store: inner, idle: 600 }, loginWith());
    clock.advance(300);
    records.use({ store: createBrokenStore(inner, "set"), idle: 600 }, "the-handle", stored);
    expect(await records.read({ store: inner, idle: 600 }, "the-handle")).toBeDefined();
  });
});

describe("shared state that is away", () => {
  test("is a 503 at the end and at the writing of a login, with no word of where it is", async () => {
    const fault = () => Promise.reject(new Error("connect ECONNREFUSED"));
    const settings = settingsWith({ state: { ...createMemoryState(), set: fault, get: fault } });
    const backing = { store: new TextStore(), idle: 60 };
    const calls = [
      () => createRecords(settings).end(backing, { handle: "x", person: "ada" }),
      () => createRecords(settings).write(backing, loginWith()),
    ];
    for (const call of calls) {
      const error = await call().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: "StateError", code: "OIDC_STATE_UNAVAILABLE" });
      expect(inspect(error)).not.toContain(loginWith().tokens.accessToken);
    }
  });
});

describe("the use of a login", () => {
  test("is noted seldom, and never in the record", async () => {
    const clock = stopClock();
    const written: string[] = [];
    const inner = new TextStore();
    const noting: SessionStore = {
      ...createBrokenStore(inner),
      set(id, session, callback) {
        written.push(id);
        inner.set(id, session as never, callback);
      },
    };
    const records = createRecords(settingsWith());
    const backing = { store: noting, idle: 3600 };
    const stored = await records.write(backing, loginWith());
    for (let second = 0; second < 300; second++) {
      records.use(backing, "the-handle", stored);
      clock.advance(1);
    }
    expect(written[0]).toBe("oidc-the-handle");
    expect(new Set(written.slice(1))).toEqual(new Set(["oidc-used-the-handle"]));
    expect(written.length).toBeLessThanOrEqual(5);
  });
});
