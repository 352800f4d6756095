/** @module express-session as `auth()` mounts it, where the app has not. */
import type { IncomingMessage, ServerResponse } from "node:http";
import session from "express-session";
import type { Settings } from "../settings/settings.js";
import type { OwnStore } from "./own-store.js";
import { deriveSecrets } from "./sealing.js";

/** The session that `auth()` mounts. */
export interface OwnSession {
  /** Puts a session on a request. */
  mount(req: IncomingMessage, res: ServerResponse, done: (error?: unknown) => void): void;
}

/** Creates the session of one instance; it is made when the first request needs it. */
export function createOwnSession(settings: Settings, store: OwnStore): OwnSession {
  let made: ReturnType<typeof session> | undefined;
  return {
    mount(req, res, done) {
      made ??= make(settings, store);
      // express-session asks for Express's types and uses node:http's
      made(req as never, res as never, done);
    },
  };
}

function make(settings: Settings, store: OwnStore): ReturnType<typeof session> {
  const { cookie, cookieName, passedOn } = settings.session;
  return session({
    name: cookieName,
    secret: deriveSecrets(settings.secrets, "session cookie"),
    resave: false,
    saveUninitialized: false,
    // a cookie that is set at login only would end an active login with it
    rolling: cookie.maxAge !== undefined,
    // behind a proxy that ends TLS, its word counts; without it the cookie could never be set
    proxy: settings.https,
    ...(passedOn as Partial<session.SessionOptions>),
    store: store.use(),
    cookie: {
      ...cookie,
      secure: settings.https,
      httpOnly: true,
      maxAge: cookie.maxAge ?? settings.absoluteTimeout * 1000,
    },
  });
}
