/** @module A cookie of our own for the handle of a login, for apps that need no `req.session`: nothing is read before somebody is signed in. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { cookiesOf, replaceCookie } from "../http/cookies.js";
import type { Settings } from "../settings/settings.js";
import { BoundedMap } from "../state/bounded-map.js";
import { type Carrier, type Ticket, textOf, ticketIn } from "./carrier.js";
import { loadExpressSession } from "./express-session.js";
import { createOwnStore } from "./own-store.js";
import { createPlaces } from "./places.js";
import { deriveSecrets } from "./sealing.js";
import { isInMemory, unavailable } from "./store.js";
import { limited } from "./store-limit.js";

/** A handle, the hash of a person, and the signature of both. */
const FORM = /^([\w-]{32}\.[\w-]{22})\.([\w-]{43})$/;

/** How many cookies we remember to have found good. */
const MOST = 10_000;

/** Writes and reads the cookie's value. */
interface Signer {
  sign(ticket: Ticket): string;
  /** What a value says; undefined for anything that none of the secrets has signed. */
  verify(value: string): Ticket | undefined;
}

/** Creates the carrier of an instance whose app has no sessions. */
export function createCookieCarrier(settings: Settings): Carrier {
  const { cookieName, cookie } = settings.session;
  const { maxAge, ...attributes } = { ...cookie, httpOnly: true, secure: settings.https };
  const life = Math.round((maxAge ?? settings.absoluteTimeout * 1000) / 1000);
  const library = loadExpressSession({ isNeeded: settings.session.store === undefined });
  const store = createOwnStore(settings, library, (inner) => (isInMemory(inner) ? inner : limited(inner)));
  const places = createPlaces(settings, store);
  const signer = createSigner(settings);
  /** What a login or logout has changed for the rest of its request. */
  const changed = new WeakMap<IncomingMessage, { readonly ticket: Ticket | undefined }>();

  function read(req: IncomingMessage): Ticket | undefined {
    const change = changed.get(req);
    if (change !== undefined) return change.ticket;
    const value = cookiesOf(req)[cookieName];
    return value === undefined ? undefined : signer.verify(value);
  }

  const write = (res: ServerResponse, ticket: Ticket) =>
    replaceCookie(res, { name: cookieName, value: signer.sign(ticket), ...attributes, maxAge: life });
  const expire = (res: ServerResponse) => replaceCookie(res, { name: cookieName, value: "", ...attributes, maxAge: 0 });

  return {
    attach: library.awaitedBy((req, _res, done) => {
      if (places.isAnyAway() && read(req) !== undefined) done(unavailable(undefined));
      else done();
    }),
    read,
    backing: () => places.of(store.use(), undefined),
    // no app mounts another one here, so it is known from the start
    async home() {
      await library.settled;
      store.use();
      return places.home();
    },
    isAway: () => places.isAnyAway(),
    async begin(req, res, ticket) {
      changed.set(req, { ticket });
      write(res, ticket);
    },
    prolong(res, ticket) {
      if (maxAge !== undefined) write(res, ticket);
    },
    async end(req, res) {
      changed.set(req, { ticket: undefined });
      expire(res);
    },
    isKnown: (req) => read(req) !== undefined,
    forget: expire,
    isStrict: () => cookie.sameSite === true || cookie.sameSite === "strict",
    // the cookie is set whatever the connection looks like from here: a browser that can't keep it has not kept the attempt's either
    requireReady() {
      if (places.isAnyAway()) throw unavailable(undefined);
    },
  };
}

/** Bound to the instance, so that its cookie is nobody at another one that has the same secret. */
function createSigner({ id, secrets }: Settings): Signer {
  const keys = deriveSecrets(secrets, `login cookie ${id}`);
  const [newest = ""] = keys;
  // good ones only, or anybody could push them out with made-up ones; a login that is over is so by its record, not by this
  const good = new BoundedMap<Ticket>(MOST);
  return {
    sign(ticket) {
      const text = textOf(ticket);
      return `${text}.${signature(text, newest)}`;
    },
    verify(value) {
      const known = good.get(value);
      if (known !== undefined) return known;
      const [, text = "", given = ""] = FORM.exec(value) ?? [];
      const bytes = Buffer.from(given);
      const isOurs = text !== "" && keys.some((key) => timingSafeEqual(Buffer.from(signature(text, key)), bytes));
      const ticket = isOurs ? ticketIn(text) : undefined;
      if (ticket !== undefined) good.set(value, ticket);
      return ticket;
    },
  };
}

function signature(text: string, key: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}
