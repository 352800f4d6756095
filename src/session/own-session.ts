/** @module express-session as `auth()` mounts it, where the app has not. */
import cluster from "node:cluster";
import type { IncomingMessage, ServerResponse } from "node:http";
import session from "express-session";
import type { SessionStore } from "../options.js";
import type { Settings } from "../settings/settings.js";
import { type CompanionOf, LazyTouchStore } from "./lazy-store.js";
import { deriveSecrets } from "./sealing.js";

/** The session that `auth()` mounts, made when the first request needs it. */
export interface OwnSession {
  /** Puts a session on a request. */
  mount(req: IncomingMessage, res: ServerResponse, done: (error?: unknown) => void): void;
  /** Whether a store is the one of this session. */
  isOwn(store: SessionStore): boolean;
  /** The store of this session; undefined where the options name none and no request has needed one yet. */
  store(): SessionStore | undefined;
  /** Whether no other process can share that store. */
  isAlone(): boolean;
}

/** Whether a store is express-session's own, which lives in one process. */
export function isInMemory(store: SessionStore): boolean {
  return store.constructor === session.MemoryStore;
}

/** Creates the session of one instance. */
export function createOwnSession(settings: Settings, companionOf: CompanionOf): OwnSession {
  let made: { readonly middleware: ReturnType<typeof session>; readonly store: SessionStore } | undefined;
  const own = () => {
    made ??= make(settings, companionOf);
    return made;
  };
  return {
    mount(req, res, done) {
      // express-session asks for Express's types and uses node:http's
      own().middleware(req as never, res as never, done);
    },
    isOwn: (store) => store === made?.store,
    store: () => (settings.session.store === undefined ? made : own())?.store,
    isAlone: () => settings.session.store === undefined || isInMemory(settings.session.store),
  };
}

function make(
  settings: Settings,
  companionOf: CompanionOf,
): { middleware: ReturnType<typeof session>; store: SessionStore } {
  const { cookie, cookieName, passedOn } = settings.session;
  const inner = settings.session.store ?? new session.MemoryStore();
  if (isInMemory(inner)) warnOfMemory();
  const store = new LazyTouchStore(inner, Math.min(60, settings.idleTimeout / 10), companionOf);
  const middleware = session({
    name: cookieName,
    secret: deriveSecrets(settings.secrets, "session cookie"),
    resave: false,
    saveUninitialized: false,
    // a cookie that is set at login only would end an active login with it
    rolling: cookie.maxAge !== undefined,
    // behind a proxy that ends TLS, its word counts; without it the cookie could never be set
    proxy: settings.https,
    ...(passedOn as Partial<session.SessionOptions>),
    store,
    cookie: {
      ...cookie,
      secure: settings.https,
      httpOnly: true,
      maxAge: cookie.maxAge ?? settings.absoluteTimeout * 1000,
    },
  });
  return { middleware, store };
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
