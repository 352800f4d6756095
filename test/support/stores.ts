/**
 * Small session stores, each with the manners of one that people use.
 * @module
 */
import { EventEmitter } from "node:events";
import type { SessionStore } from "../../src/options.js";

type Callback = (error?: unknown) => void;
type Found = (error: unknown, session?: unknown) => void;

interface Timed {
  readonly cookie: { readonly expires: string; readonly maxAge: number; readonly originalMaxAge: number };
}

/** Keeps text under a private field, answers null for none, always later, and ends entries by `cookie.expires`: connect-redis. */
export class TextStore extends EventEmitter implements SessionStore {
  readonly #entries = new Map<string, { readonly text: string; readonly endsAtMs: number }>();

  get(id: string, callback: Found): void {
    const entry = this.#entries.get(id);
    const live = entry !== undefined && entry.endsAtMs > Date.now();
    setImmediate(() => callback(null, live ? JSON.parse(entry.text) : null));
  }

  set(id: string, session: Timed, callback?: Callback): void {
    this.#entries.set(id, { text: JSON.stringify(session), endsAtMs: this.endOf(session) });
    setImmediate(() => callback?.(null));
  }

  touch(id: string, session: Timed, callback?: Callback): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) this.#entries.set(id, { ...entry, endsAtMs: this.endOf(session) });
    setImmediate(() => callback?.(null));
  }

  destroy(id: string, callback?: Callback): void {
    this.#entries.delete(id);
    setImmediate(() => callback?.(null));
  }

  all(callback: (error: unknown, sessions: unknown[]) => void): void {
    callback(
      null,
      [...this.#entries.values()].map(({ text }) => JSON.parse(text)),
    );
  }

  length(callback: (error: unknown, length: number) => void): void {
    callback(null, this.#entries.size);
  }

  clear(callback?: Callback): void {
    this.#entries.clear();
    callback?.();
  }

  /** A method that only this store has, and that answers with a promise. */
  async ids(prefix: string): Promise<string[]> {
    return [...this.#entries.keys()].filter((id) => id.startsWith(prefix));
  }

  protected endOf(session: Timed): number {
    return Date.parse(session.cookie.expires);
  }
}

/** The same, which goes by `cookie.maxAge`: memorystore. */
export class MaxAgeStore extends TextStore {
  protected override endOf(session: Timed): number {
    return Date.now() + session.cookie.maxAge;
  }
}

/** Says ENOENT for none, also where it should remove one, and has no touch: session-file-store. */
export function createFileStore(): SessionStore & { entries: Map<string, string> } {
  const entries = new Map<string, string>();
  const absent = () => Object.assign(new Error("no such file or directory"), { code: "ENOENT" });
  return {
    entries,
    get(id, callback) {
      const text = entries.get(id);
      queueMicrotask(() => (text === undefined ? callback(absent()) : callback(null, JSON.parse(text))));
    },
    set(id, session, callback) {
      entries.set(id, JSON.stringify(session));
      queueMicrotask(() => callback?.());
    },
    destroy(id, callback) {
      const gone = entries.delete(id);
      queueMicrotask(() => callback?.(gone ? null : absent()));
    },
  };
}

/** Calls back before it returns, hands out the object that it keeps, and says undefined for none. */
export function createPromptStore(): SessionStore & { entries: Map<string, unknown> } {
  const entries = new Map<string, unknown>();
  return {
    entries,
    get: (id, callback) => callback(undefined, entries.get(id)),
    set(id, session, callback) {
      entries.set(id, session);
      callback?.();
    },
    destroy(id, callback) {
      entries.delete(id);
      callback?.();
    },
  };
}

/** Fails in the verbs that are named, as a store whose server is away; the others go to the inner one. */
export function createBrokenStore(inner: SessionStore, ...broken: (keyof SessionStore)[]): SessionStore {
  const fault = new Error("connect ECONNREFUSED redis://user:hunter2@10.0.0.1");
  const does = (verb: keyof SessionStore) => !broken.includes(verb);
  return {
    get: (id, callback) => (does("get") ? inner.get(id, callback) : callback(fault)),
    set: (id, session, callback) => (does("set") ? inner.set(id, session, callback) : callback?.(fault)),
    destroy: (id, callback) => (does("destroy") ? inner.destroy(id, callback) : callback?.(fault)),
  };
}
