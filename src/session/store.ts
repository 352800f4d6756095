/** @module The session store with promises: absence is an answer, a fault is our error. */
import { StateError } from "../errors.js";
import type { SessionStore } from "../options.js";

/** Where a request's session lives. It comes with each call: the app may have mounted the session. */
export interface Backing {
  readonly store: SessionStore;
  /** How long a login may go unused here, in seconds: `idleTimeout`, or the life of its session's cookie where that is known and shorter. */
  readonly idle: number;
  /** Whether no other process can share the store, so that nobody need be waited for. */
  readonly isAlone?: boolean;
}

/** What an entry looks like to a store: they judge its end by the cookie, each by another of its fields. */
export interface Entry {
  readonly cookie: {
    readonly expires: string;
    readonly originalMaxAge: number;
    readonly maxAge: number;
  };
  readonly oidc: unknown;
}

/** An entry that lives for a number of seconds. */
export function entryFor(oidc: unknown, seconds: number): Entry {
  const lifeMs = Math.max(1, seconds) * 1000;
  const expires = new Date(Date.now() + lifeMs).toISOString();
  return { cookie: { expires, originalMaxAge: lifeMs, maxAge: lifeMs }, oidc };
}

/**
 * The entry under an id. Stores say "none" with undefined, with null, or with an error ENOENT.
 * @throws {StateError} `OIDC_STATE_UNAVAILABLE`
 */
export function readEntry(store: SessionStore, id: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    store.get(id, (error, entry) => {
      if (error && !isAbsence(error)) reject(unavailable(error));
      else resolve(error ? undefined : (entry ?? undefined));
    });
  });
}

/** Writes an entry. @throws {StateError} `OIDC_STATE_UNAVAILABLE` */
export function writeEntry(store: SessionStore, id: string, entry: Entry): Promise<void> {
  return settled((callback) => store.set(id, entry, callback));
}

/** Removes an entry, if there is one. @throws {StateError} `OIDC_STATE_UNAVAILABLE` */
export function removeEntry(store: SessionStore, id: string): Promise<void> {
  return settled((callback) => store.destroy(id, callback));
}

/** Turns a callback into a promise that fails with our error. */
export function settled(call: (callback: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error && !isAbsence(error) ? reject(unavailable(error)) : resolve()));
  });
}

function isAbsence(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
}

/** Whether a store is express-session's own, which lives in one process: by its form, for the app may have another copy of express-session than we. */
export function isInMemory(store: SessionStore): boolean {
  const isNamed = Object(store.constructor).name === "MemoryStore";
  return isNamed && typeof Reflect.get(store, "sessions") === "object";
}

/** The session store is away. */
export function unavailable(cause: unknown): StateError {
  return new StateError(
    "OIDC_STATE_UNAVAILABLE",
    "The session store can't be reached, so nobody can be recognised. Nothing is lost: it goes on when the store is back.",
    { cause },
  );
}
