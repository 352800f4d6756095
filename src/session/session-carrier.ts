/** @module The one file on `req.session`: it carries a login's handle from request to request, and nothing else of ours. */
import type { ServerResponse } from "node:http";
import { SessionError } from "../errors.js";
import { cookiesOf, setCookie } from "../http/cookies.js";
import type { MountedRequest } from "../http/mount.js";
import { forwardedProto, isTls } from "../http/who-asks.js";
import type { SessionStore } from "../options.js";
import type { Settings } from "../settings/settings.js";
import { type Carrier, type Ticket, textOf, ticketIn } from "./carrier.js";
import { type ExpressSession, loadExpressSession } from "./express-session.js";
import type { CompanionOf, LazyTouchStore } from "./lazy-store.js";
import { createOwnSession, isWithin } from "./own-session.js";
import { createOwnStore, type OwnStore } from "./own-store.js";
import { createPlaces } from "./places.js";
import { recordId } from "./record.js";
import { settled, unavailable } from "./store.js";

interface CookieData {
  readonly secure?: boolean | "auto";
  readonly originalMaxAge?: number | null;
  readonly path?: string;
  readonly domain?: string;
  readonly sameSite?: boolean | "lax" | "strict" | "none";
}

type AppSession = Record<string, unknown> & {
  readonly cookie: CookieData;
  save(callback: (error?: unknown) => void): void;
  regenerate(callback: (error?: unknown) => void): void;
  destroy(callback: (error?: unknown) => void): void;
};

type SessionRequest = MountedRequest & {
  session?: AppSession;
  sessionID?: string;
  sessionStore?: SessionStore;
  secure?: boolean;
};

/** What every instance's key in the session begins with. */
const KEY = "oidc-";

/** Creates the carrier of an instance whose app has sessions. */
export function createSessionCarrier(settings: Settings): Carrier {
  const key = KEY + settings.id;
  const library = loadExpressSession({ isNeeded: true });
  const store = createStore(settings, library, (entry) => recordOf(Reflect.get(entry, key)));
  const own = createOwnSession(settings, library, store);
  const places = createPlaces(settings, store);

  return {
    attach: library.awaitedBy((req: SessionRequest, res, done) => {
      // mounted twice: to look whether a session is there would be to ask for it
      if (own.isUnasked(req)) return done();
      if (req.session !== undefined) {
        if (req.sessionStore !== undefined) places.watch(req.sessionStore);
        return done();
      }
      const failure = library.failure();
      if (failure !== undefined) return done(failure);
      // outside the path of the session's cookie nobody is signed in
      const isNeeded = isWithin(req, settings.session.cookie.path);
      // without its store the app's session is not there, and one of ours in its place would sign everybody out
      if (isNeeded && places.isAnyAway()) return done(unavailable(undefined));
      own.mount(req, res, (error) => {
        if (error || (isNeeded && !own.isUnasked(req) && req.session === undefined)) done(unavailable(error));
        else done();
      });
    }),
    read: (req: SessionRequest) => (own.isUnasked(req) ? undefined : ticketIn(req.session?.[key])),
    backing(req: SessionRequest) {
      if (own.isUnasked(req)) return places.of(store.use(), undefined);
      const { sessionStore } = req;
      if (sessionStore === undefined) throw unavailable(undefined);
      return places.of(sessionStore, req.session?.cookie.originalMaxAge);
    },
    home: () => library.settled.then(() => places.home()),
    isAway: () => places.isAnyAway(),
    async begin(req: SessionRequest, _res, ticket) {
      const login: [string, unknown] = [key, textOf(ticket)];
      // a session that is made just now has an id that nobody has seen, and nothing in it
      if (own.isUnasked(req)) await fill(req, [login]);
      else await renew(req, [...keptData(req, key, { ticket, settings }), login]);
    },
    // express-session does so itself
    prolong: () => undefined,
    async end(req: SessionRequest, res) {
      const others = loginsOfOthers(sessionOf(req), key);
      if (others.length > 0) {
        await renew(req, others);
        return;
      }
      takeCookieAway(req, res);
      await settled((callback) => sessionOf(req).destroy(callback));
    },
    isKnown: (req: SessionRequest) => !own.isUnasked(req) && cookieNameOf(req) !== undefined,
    forget(res) {
      const { cookieName: name, cookie } = settings.session;
      expire(res, name, { ...cookie, secure: settings.https });
    },
    isStrict(req: SessionRequest) {
      const { sameSite } = own.isUnasked(req) ? settings.session.cookie : sessionOf(req).cookie;
      return sameSite === true || sameSite === "strict";
    },
    requireReady(req: SessionRequest) {
      requireSettableCookie(req, own.isUnasked(req) ? { secure: settings.https } : sessionOf(req).cookie);
    },
  };
}

/** The store as our session uses it: with a session it reads the login that this names. */
function createStore(settings: Settings, library: ExpressSession, companionOf: CompanionOf): OwnStore<LazyTouchStore> {
  return createOwnStore(settings, library, (inner) => {
    const { LazyTouchStore: Wrapper } = library.parts();
    return new Wrapper(inner, Math.min(60, settings.idleTimeout / 10), companionOf);
  });
}

function recordOf(text: unknown): string | undefined {
  const ticket = ticketIn(text);
  return ticket && recordId(ticket.handle);
}

function requireSettableCookie(req: SessionRequest, cookie: CookieData): void {
  const isSecure = isTls(req) || req.secure === true || forwardedProto(req) === "https";
  if (cookie.secure !== true || isSecure) return;
  throw new SessionError(
    "OIDC_SESSION_COOKIE_LOST",
    "The session cookie is Secure, but this request came without TLS and without `X-Forwarded-Proto: https`, so the cookie can't be set and no login can last. " +
      "Have the proxy that ends TLS send X-Forwarded-Proto; for a site without TLS begin baseUrl with http.",
  );
}

/** Its name is the app's affair, so it is found by what it holds: the signed id of this session. */
function takeCookieAway(req: SessionRequest, res: ServerResponse): void {
  const { cookie } = sessionOf(req);
  const name = cookieNameOf(req);
  if (name !== undefined) expire(res, name, cookie);
}

function cookieNameOf(req: SessionRequest): string | undefined {
  return Object.entries(cookiesOf(req)).find(([, value]) => value?.startsWith(`s:${req.sessionID}.`))?.[0];
}

/** With the attributes that it was set with: browsers keep it otherwise. */
function expire(res: ServerResponse, name: string, { path, domain, sameSite, secure }: CookieData): void {
  setCookie(res, {
    name,
    value: "",
    maxAge: 0,
    httpOnly: true,
    path: path ?? "/",
    secure: secure === true,
    ...(domain !== undefined && { domain }),
    ...(sameSite !== undefined && { sameSite }),
  });
}

function sessionOf(req: SessionRequest): AppSession {
  if (req.session === undefined) throw unavailable(undefined);
  return req.session;
}

/** What goes on into the new session: nothing of another person's, else what `session.keep` says. */
function keptData(req: SessionRequest, key: string, to: { ticket: Ticket; settings: Settings }): [string, unknown][] {
  const before = sessionOf(req);
  const person = typeof before[key] === "string" ? before[key].split(".", 2)[1] : undefined;
  if (person !== undefined && person !== to.ticket.person) return [];
  const own = Object.entries(before).filter(
    ([name]) => name !== "cookie" && name !== "__proto__" && !name.startsWith(KEY),
  );
  const { keep } = to.settings.session;
  const kept = typeof keep === "function" ? Object.entries(keep(Object.fromEntries(own)) ?? {}) : own;
  return [...loginsOfOthers(before, key), ...(keep === false ? [] : kept)];
}

/** The logins of other instances in this app, which are not ours to end. */
function loginsOfOthers(session: AppSession, key: string): [string, unknown][] {
  return Object.entries(session).filter(([name]) => name.startsWith(KEY) && name !== key);
}

/** Gives the visitor a new session id, with this in it, and waits until the store has it. */
async function renew(req: SessionRequest, content: readonly [string, unknown][]): Promise<void> {
  await settled((callback) => sessionOf(req).regenerate(callback));
  await fill(req, content);
}

/** Puts this into a new session, and waits until the store has it. */
async function fill(req: SessionRequest, content: readonly [string, unknown][]): Promise<void> {
  const fresh = sessionOf(req);
  for (const [name, value] of content) fresh[name] = value;
  await settled((callback) => fresh.save(callback));
}
