/** @module The app's session store as our session uses it: `touch` is seldom and never waited for, and none is waited for without an end. */
import session from "express-session";
import type { SessionStore } from "../options.js";
import { BoundedMap } from "../state/bounded-map.js";
import { trace } from "../trace.js";
import { type Answer, StoreLimit } from "./store-limit.js";

/** How many sessions we remember to have touched. */
const MOST = 10_000;

type Touch = (id: string, data: unknown, callback?: (error?: unknown) => void) => void;

/**
 * Wraps a store. express-session assigns to its store and calls some of its methods on it, so this is a store of its own which
 * forwards: the app's store is neither changed nor proxied, and its private fields keep working.
 */
export class LazyTouchStore extends session.Store {
  readonly #inner: SessionStore;
  readonly #limit: StoreLimit | undefined;
  /** As express-session's; absent where the app's store has none, for express-session then writes instead. */
  declare touch?: Touch;

  constructor(inner: SessionStore, seconds: number) {
    super();
    this.#inner = inner;
    this.#limit = inner.constructor === session.MemoryStore ? undefined : new StoreLimit();
    forwardRest(inner, this);
    if ("on" in inner && typeof inner.on === "function") {
      for (const event of ["connect", "disconnect"]) inner.on(event, () => this.emit(event));
    }
    const touch: unknown = Reflect.get(inner, "touch");
    if (typeof touch === "function")
      this.touch = lazily((id, data, done) => touch.call(inner, id, data, done), seconds * 1000);
  }

  override get(id: string, callback: (error: unknown, data?: session.SessionData | null) => void): void {
    // the store's answer is what it is; express-session and our records look at it before they use it
    this.#call(callback as Answer, (answer) => this.#inner.get(id, answer));
  }

  override set(id: string, data: session.SessionData, callback?: (error?: unknown) => void): void {
    this.#call(callback, (answer) => this.#inner.set(id, data, answer));
  }

  override destroy(id: string, callback?: (error?: unknown) => void): void {
    this.#call(callback, (answer) => this.#inner.destroy(id, answer));
  }

  #call(callback: Answer = () => undefined, call: (answer: Answer) => void): void {
    if (this.#limit === undefined) call(callback);
    else this.#limit.hold(callback, call);
  }
}

function lazily(touch: Touch, everyMs: number): Touch {
  const touchedAtMs = new BoundedMap<number>(MOST);
  return (id, data, callback) => {
    const nowMs = Date.now();
    if (nowMs - (touchedAtMs.get(id) ?? 0) >= everyMs) {
      touchedAtMs.set(id, nowMs);
      touch(id, data, (error) => {
        if (error) trace("session: the store could not touch a session");
      });
    }
    callback?.();
  };
}

/** Gives `to` every other method that the app may call on its store: `all`, `length`, `clear`, the store's own. */
function forwardRest(from: SessionStore, to: object): void {
  for (
    let level: object | null = from;
    level !== null && level !== Object.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    for (const name of Object.getOwnPropertyNames(level)) {
      const method: unknown = Reflect.getOwnPropertyDescriptor(level, name)?.value;
      if (typeof method !== "function" || name in to || name === "touch") continue;
      Reflect.defineProperty(to, name, { value: method.bind(from), configurable: true, writable: true });
    }
  }
}
