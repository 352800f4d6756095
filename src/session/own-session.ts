/** @module express-session as `auth()` mounts it, where the app has not. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type session from "express-session";
import type { MountedRequest } from "../http/mount.js";
import type { Settings } from "../settings/settings.js";
import type { ExpressSession } from "./express-session.js";
import type { OwnStore } from "./own-store.js";
import { deriveSecrets } from "./sealing.js";

/** The session that `auth()` mounts. */
export interface OwnSession {
  /** Puts a session on a request; where that brings none, when something first asks for it: most visitors are nobody, and nothing asks. */
  mount(req: IncomingMessage, res: ServerResponse, done: (error?: unknown) => void): void;
  /** Whether a request brings no session, and nothing has asked for one yet. */
  isUnasked(req: IncomingMessage): boolean;
}

/** What express-session puts on a request. */
const PARTS = ["session", "sessionID", "sessionStore"] as const;

/** Creates the session of one instance; it is made when the first request needs it, and express-session is loaded by then. */
export function createOwnSession(
  settings: Settings,
  library: ExpressSession,
  store: OwnStore<session.Store>,
): OwnSession {
  const { cookieName, cookie, passedOn } = settings.session;
  let made: ReturnType<typeof session> | undefined;
  const unasked = new WeakSet<IncomingMessage>();
  // it would have a session made, and kept, for everybody
  const isForEverybody = Reflect.get(passedOn, "saveUninitialized") === true;

  function mountNow(req: IncomingMessage, res: ServerResponse, done: (error?: unknown) => void): void {
    made ??= library.parts().session(optionsOf(settings, store.use()));
    // express-session asks for Express's types and uses node:http's
    made(req as never, res as never, done);
  }

  function mountWhenAsked(req: IncomingMessage, res: ServerResponse, fail: (error: unknown) => void): void {
    unasked.add(req);
    const mount = () => {
      unasked.delete(req);
      for (const name of PARTS) Reflect.deleteProperty(req, name);
      // without a session of the visitor's there is nothing to wait for, but it may not be possible to write it in the end
      mountNow(req, res, (error) => error && fail(error));
    };
    for (const name of PARTS) {
      Object.defineProperty(req, name, {
        configurable: true,
        enumerable: true,
        get() {
          mount();
          return Reflect.get(req, name);
        },
        set(value) {
          mount();
          Reflect.set(req, name, value);
        },
      });
    }
  }

  return {
    mount(req, res, done) {
      // by the name alone: express-session also takes a cookie with a space behind it
      if (isForEverybody || !isWithin(req, cookie.path) || req.headers.cookie?.includes(cookieName)) {
        mountNow(req, res, done);
      } else {
        // from the first visitor on it is known where sessions live
        store.use();
        mountWhenAsked(req, res, done);
        done();
      }
    },
    isUnasked: (req) => unasked.has(req),
  };
}

/** Whether a request's path is one that the session's cookie is for. */
export function isWithin(req: MountedRequest, path: string): boolean {
  return (req.originalUrl ?? req.url ?? "/").startsWith(path);
}

function optionsOf(settings: Settings, store: session.Store): session.SessionOptions {
  const { cookie, cookieName, passedOn } = settings.session;
  return {
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
  };
}
