/** @module The session store as we use it, where the app has not mounted a session: the one of the options, else this process's memory. */
import cluster from "node:cluster";
import session from "express-session";
import type { SessionStore } from "../options.js";
import type { Settings } from "../settings/settings.js";
import { type CompanionOf, LazyTouchStore } from "./lazy-store.js";

/** The store of one instance, made when it is first needed. */
export interface OwnStore {
  /** The store. */
  use(): LazyTouchStore;
  /** Whether a store is this one. */
  isOwn(store: SessionStore): boolean;
  /** The store; undefined where the options name none and nobody has needed one yet. */
  known(): SessionStore | undefined;
  /** Whether no other process can share it. */
  isAlone(): boolean;
}

/** Whether a store is express-session's own, which lives in one process. */
export function isInMemory(store: SessionStore): boolean {
  return store.constructor === session.MemoryStore;
}

/** Creates the store of one instance. */
export function createOwnStore(settings: Settings, companionOf?: CompanionOf): OwnStore {
  let made: LazyTouchStore | undefined;
  const use = () => {
    made ??= make(settings, companionOf);
    return made;
  };
  return {
    use,
    isOwn: (store) => store === made,
    known: () => (settings.session.store === undefined ? made : use()),
    isAlone: () => settings.session.store === undefined || isInMemory(settings.session.store),
  };
}

function make(settings: Settings, companionOf: CompanionOf | undefined): LazyTouchStore {
  const inner = settings.session.store ?? new session.MemoryStore();
  if (isInMemory(inner)) warnOfMemory();
  return new LazyTouchStore(inner, Math.min(60, settings.idleTimeout / 10), companionOf);
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
