/** @module The session store as we use it, where the app has not mounted a session: the one of the options, else this process's memory. */
import cluster from "node:cluster";
import type { SessionStore } from "../options.js";
import type { Settings } from "../settings/settings.js";
import type { ExpressSession } from "./express-session.js";
import { isInMemory } from "./store.js";

/** The store of one instance, made when it is first needed. */
export interface OwnStore<Store extends SessionStore = SessionStore> {
  /** The store. @throws {SessionError} `OIDC_SESSION_NOT_MOUNTED` when it needs express-session, and that can't be loaded. */
  use(): Store;
  /** Whether a store is this one. */
  isOwn(store: SessionStore): boolean;
  /** The store; undefined where the options name none and nobody has needed one yet. */
  known(): SessionStore | undefined;
  /** Whether no other process can share a store, this one or another. */
  isAlone(store: SessionStore): boolean;
}

/** Creates the store of one instance. `wrap` makes it of the one that keeps things. */
export function createOwnStore<Store extends SessionStore>(
  { session: { store: given } }: Settings,
  library: ExpressSession,
  wrap: (inner: SessionStore) => Store,
): OwnStore<Store> {
  let made: Store | undefined;
  function use(): Store {
    if (made !== undefined) return made;
    const inner = given ?? new (library.parts().session.MemoryStore)();
    if (isInMemory(inner)) warnOfMemory();
    made = wrap(inner);
    return made;
  }
  return {
    use,
    isOwn: (store) => store === made,
    known: () => (given === undefined ? made : use()),
    isAlone(store) {
      const inner = store === made ? given : store;
      return inner === undefined || isInMemory(inner);
    },
  };
}

function warnOfMemory(): void {
  if (process.env["NODE_ENV"] === "production") {
    warn(
      "OIDC_MEMORY_STORE",
      "Sessions are kept in this process's memory: they are lost at a restart, and no second process sees them. Give auth() a store: session: { store }.",
    );
  }
  if (cluster.worker !== undefined) {
    warn(
      "OIDC_SESSION_NOT_SHARED",
      "This app runs in several processes (node:cluster), but each keeps its sessions to itself, so that people are signed in at one and not at the next. Give auth() a store that all of them reach: session: { store }.",
    );
  }
}

function warn(code: string, text: string): void {
  process.emitWarning(text, { type: "ExpressOidcWarning", code });
}
