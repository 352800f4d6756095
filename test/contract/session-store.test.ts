import session from "express-session";
import { describe } from "vitest";
import { LazyTouchStore } from "../../src/session/lazy-store.js";
import { limited } from "../../src/session/store-limit.js";
import { createMemoryState } from "../../src/state/memory.js";
import { createFileStore, createPromptStore, MaxAgeStore, TextStore } from "../support/stores.js";
import { sessionStoreContract } from "./session-store.js";

describe("session stores", () => {
  sessionStoreContract("express-session's MemoryStore", () => new session.MemoryStore());
  sessionStoreContract("a store that says null, later, with private fields", () => new TextStore());
  sessionStoreContract("a store that goes by maxAge", () => new MaxAgeStore());
  sessionStoreContract("a store that says ENOENT and has no touch", createFileStore);
  sessionStoreContract("a store that calls back at once and hands out what it keeps", createPromptStore);
  sessionStoreContract("a store below our lazy touch", () => new LazyTouchStore(new TextStore(), 60));
  sessionStoreContract("a store below our limit alone", () => limited(new TextStore()));
  sessionStoreContract(
    "a store, with shared state",
    () => new TextStore(),
    () => ({ state: createMemoryState() }),
  );
});
