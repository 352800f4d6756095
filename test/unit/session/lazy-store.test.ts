import { type EventEmitter, once } from "node:events";
import { promisify } from "node:util";
import session from "express-session";
import { describe, expect, test, vi } from "vitest";
import { LazyTouchStore } from "../../../src/session/lazy-store.js";
import { entryFor } from "../../../src/session/store.js";
import { stopClock } from "../../support/clock.js";
import { createFileStore, TextStore } from "../../support/stores.js";

/** A store that counts its touches, and answers them when it likes. */
function touchedStore(answer: (callback: () => void) => void = (callback) => callback()) {
  const touched: string[] = [];
  const store = Object.assign(createFileStore(), {
    touch(id: string, _data: unknown, callback: () => void) {
      touched.push(id);
      answer(callback);
    },
  });
  return { store, touched };
}

function touch(store: LazyTouchStore, id: string): Promise<void> {
  return new Promise((resolve) => store.touch?.(id, entryFor(1, 60), () => resolve()));
}

describe("a store whose touch is seldom", () => {
  test("touches a session once a minute, however many requests it has", async () => {
    const clock = stopClock();
    const { store, touched } = touchedStore();
    const lazy = new LazyTouchStore(store, 60);
    for (let second = 0; second < 120; second++) {
      await touch(lazy, "a");
      clock.advance(1);
    }
    expect(touched).toEqual(["a", "a"]);
  });

  test("touches each session for itself", async () => {
    const { store, touched } = touchedStore();
    const lazy = new LazyTouchStore(store, 60);
    for (const id of ["a", "b", "a", "b"]) await touch(lazy, id);
    expect(touched).toEqual(["a", "b"]);
  });

  test("lets no request wait for a touch", async () => {
    const { store, touched } = touchedStore(() => undefined);
    await touch(new LazyTouchStore(store, 60), "a");
    expect(touched).toEqual(["a"]);
  });

  test("lets no request fail with a touch", async () => {
    const store = Object.assign(createFileStore(), {
      touch: (_id: string, _data: unknown, callback: (error: Error) => void) => callback(new Error("away")),
    });
    await expect(touch(new LazyTouchStore(store, 60), "a")).resolves.toBeUndefined();
  });

  test("may be touched without a callback", () => {
    const { store, touched } = touchedStore();
    new LazyTouchStore(store, 60).touch?.("a", entryFor(1, 60));
    expect(touched).toEqual(["a"]);
  });

  test("has no touch where the app's store has none, so that express-session writes instead", () => {
    expect("touch" in new LazyTouchStore(createFileStore(), 60)).toBe(false);
  });
});

describe("everything else goes to the app's store", () => {
  test("what is written, read and removed", async () => {
    const inner = new TextStore();
    const lazy = new LazyTouchStore(inner, 60);
    const data = entryFor("data", 60) as unknown as session.SessionData;
    await promisify(lazy.set.bind(lazy))("a", data);
    expect(await promisify(inner.get.bind(inner))("a")).toEqual(data);
    expect(await promisify(lazy.get.bind(lazy))("a")).toEqual(data);
    await promisify(lazy.destroy.bind(lazy))("a");
    lazy.set("b", data);
    lazy.destroy("b");
    expect(await promisify(inner.get.bind(inner))("a")).toBeNull();
  });

  test("all, length and clear, and methods that only this store has, private fields and all", async () => {
    const inner = new TextStore();
    const lazy = new LazyTouchStore(inner, 60) as LazyTouchStore & TextStore;
    inner.set("a-1", entryFor(1, 60));
    inner.set("b-1", entryFor(2, 60));
    expect(await promisify(lazy.length.bind(lazy))()).toBe(2);
    expect(await promisify(lazy.all.bind(lazy))()).toHaveLength(2);
    expect(await lazy.ids("a-")).toEqual(["a-1"]);
    lazy.clear();
    expect(await promisify(inner.length.bind(inner))()).toBe(0);
  });

  test("methods of a class above it, and functions that are its own properties", () => {
    class Above extends session.MemoryStore {
      readonly #name = "above";
      named(): string {
        return this.#name;
      }
    }
    class Below extends Above {
      readonly own = (): string => "own";
    }
    const lazy = new LazyTouchStore(new Below(), 60) as LazyTouchStore & Below;
    expect([lazy.named(), lazy.own()]).toEqual(["above", "own"]);
  });

  test("but for what express-session calls on its own store", () => {
    const lazy = new LazyTouchStore(new TextStore(), 60);
    const own = (name: string): unknown[] => [Reflect.get(lazy, name), Reflect.get(session.Store.prototype, name)];
    for (const name of ["createSession", "regenerate", "load"]) expect(new Set(own(name)).size).toBe(1);
  });

  test("its news of a lost and a found connection, which express-session listens for", async () => {
    const inner = new TextStore();
    const lazy = new LazyTouchStore(inner, 60);
    for (const event of ["disconnect", "connect"]) {
      const heard = once(lazy, event);
      inner.emit(event);
      await heard;
    }
    expect(inner.listenerCount("error")).toBe(0);
  });

  test("but nothing is read from it that costs a call", () => {
    const read = vi.fn();
    const inner = Object.defineProperty(createFileStore(), "client", { get: read, enumerable: true });
    new LazyTouchStore(inner, 60);
    expect(read).not.toHaveBeenCalled();
  });
});

describe("the app's store", () => {
  test("is not changed, neither by the wrapping nor by express-session", () => {
    const inner = createFileStore();
    const before = Object.entries(Object.getOwnPropertyDescriptors(inner));
    const lazy = new LazyTouchStore(inner, 60);
    session({ secret: "x", resave: false, saveUninitialized: false, store: lazy });
    expect(Object.entries(Object.getOwnPropertyDescriptors(inner))).toEqual(before);
    expect("generate" in lazy).toBe(true);
  });

  test("may be frozen", () => {
    expect(() => new LazyTouchStore(Object.freeze(createFileStore()), 60)).not.toThrow();
  });

  test("may serve two instances", async () => {
    const inner = new TextStore();
    const [one, two] = [new LazyTouchStore(inner, 60), new LazyTouchStore(inner, 60)];
    const heard = Promise.all([once(one as EventEmitter, "connect"), once(two as EventEmitter, "connect")]);
    inner.emit("connect");
    await heard;
  });
});
