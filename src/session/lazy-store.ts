/** @module The app's session store as our session uses it: `touch` is seldom and never waited for, and none is waited for without an end. */
import session from "express-session";
import type { SessionStore } from "../options.js";
import { BoundedMap } from "../state/bounded-map.js";
import { trace } from "../trace.js";
import { isInMemory } from "./store.js";
import { type Answer, StoreLimit } from "./store-limit.js";

/** How many sessions we remember to have touched. */
const MOST = 10_000;

/** The id of the entry that a request needs next, once it has this one. */
export type CompanionOf = (entry: object) => string | undefined;

/** What a read has brought. */
interface Found {
  readonly error: unknown;
  readonly entry: unknown;
}

type Touch = (id: string, data: unknown, callback?: (error?: unknown) => void) => void;

/**
 * Wraps a store. express-session assigns to its store and calls some of its methods on it, so this is a store of its own which
 * forwards: the app's store is neither changed nor proxied, and its private fields keep working.
 */
export class LazyTouchStore extends session.Store {
  readonly #inner: SessionStore;
  readonly #limit: StoreLimit | undefined;
  readonly #companionOf: CompanionOf;
  /** Which companion each session had when it was read last. */
  readonly #companions = new BoundedMap<string>(MOST);
  /** The companion of the session that is being handed over at this very moment. */
  #ahead: (Found & { readonly id: string }) | undefined;
  /** As express-session's; absent where the app's store has none, for express-session then writes instead. */
  declare touch?: Touch;

  constructor(inner: SessionStore, seconds: number, companionOf: CompanionOf = () => undefined) {
    super();
    this.#inner = inner;
    this.#companionOf = companionOf;
    this.#limit = isInMemory(inner) ? undefined : new StoreLimit();
    forwardRest(inner, this);
    if ("on" in inner && typeof inner.on === "function") {
      for (const event of ["connect", "disconnect"]) inner.on(event, () => this.emit(event));
    }
    const touch: unknown = Reflect.get(inner, "touch");
    if (typeof touch === "function")
      this.touch = lazily((id, data, done) => touch.call(inner, id, data, done), seconds * 1000);
  }

  /** A session and the login that it names are asked for together: that costs less than one after the other. */
  override get(id: string, callback: (error: unknown, data?: session.SessionData | null) => void): void {
    // the store's answer is what it is; express-session and our records look at it before they use it
    const answer = callback as Answer;
    const ahead = this.#ahead;
    if (ahead?.id === id) {
      this.#ahead = undefined;
      answer(ahead.error, ahead.entry);
      return;
    }
    // a silent store is asked for one thing at a time, and when it answers that, for the other
    const companion = this.#limit?.isSilent ? undefined : this.#companions.get(id);
    if (companion === undefined) {
      this.#read(id, (error, entry) => {
        this.#learn(id, entry);
        answer(error, entry);
      });
    } else {
      this.#readBoth(id, companion, answer);
    }
  }

  #read(id: string, answer: Answer): void {
    this.#call(answer, (found) => this.#inner.get(id, found));
  }

  #readBoth(id: string, companionId: string, answer: Answer): void {
    let first: Found | undefined;
    let companion: Found | undefined;
    const handOver = () => {
      if (first === undefined || companion === undefined) return;
      // read for this request only: whoever takes it does so before this call returns
      if (this.#learn(id, first.entry) === companionId) this.#ahead = { id: companionId, ...companion };
      try {
        answer(first.error, first.entry);
      } finally {
        this.#ahead = undefined;
      }
    };
    this.#read(id, (error, entry) => {
      first = { error, entry };
      handOver();
    });
    this.#read(companionId, (error, entry) => {
      companion = { error, entry };
      handOver();
    });
  }

  #learn(id: string, entry: unknown): string | undefined {
    const companion = typeof entry === "object" && entry !== null ? this.#companionOf(entry) : undefined;
    if (companion === undefined) this.#companions.delete(id);
    else if (this.#companions.get(id) !== companion) this.#companions.set(id, companion);
    return companion;
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
