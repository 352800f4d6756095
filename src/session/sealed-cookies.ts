/** @module Short-lived cookies that only this app can read: login attempts and other notes for the way to the provider and back. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { cookiesOf, setCookie } from "../http/cookies.js";
import type { Settings } from "../settings/settings.js";
import { createSealer } from "./sealing.js";

/** A sealed cookie of a request. */
export interface SealedCookie {
  readonly name: string;
  readonly weight: number;
  /** Undefined when it is not ours. */
  readonly value: unknown;
}

/** The most cookies that are opened for one request. */
const MOST_OPENED = 50;

/** What goes into a cookie. */
export interface Note {
  readonly value: unknown;
  readonly seconds: number;
  /** Whether it also comes with what another site's page posts here (SameSite=None), which needs https. Default `false`. */
  readonly isCrossSite?: boolean;
}

/** Sealed cookies, named after the instance that they belong to. */
export interface SealedCookies {
  /** Seals a value into a cookie. */
  set(res: ServerResponse, name: string, note: Note): void;
  /** The value of a cookie; undefined when it is absent, not ours, or sealed with a secret that has left the list. */
  get(req: IncomingMessage, name: string): unknown;
  /** Takes a cookie away from the browser. */
  clear(res: ServerResponse, name: string): void;
  /** The cookies whose name has a form: opened, and what they weigh in the Cookie header, in bytes. At most fifty are looked at. */
  list(req: IncomingMessage, form: RegExp): SealedCookie[];
}

/**
 * Creates the sealed cookies of one instance. Always `Path=/`: with a narrower path they would not be sent to `/login`, where they are
 * counted, and `__Host-`, which protects them from sub-domains, would be refused (RFC 6265bis §4.1.3).
 */
export function createSealedCookies(settings: Settings): SealedCookies {
  const sealer = createSealer(settings.secrets, "cookie");
  const prefix = `${settings.https ? "__Host-" : ""}oidc-${settings.id}-`;
  const attributes = { httpOnly: true, secure: settings.https, sameSite: "lax", path: "/" } as const;
  // a login asks several times for what came with one request
  const opened = new WeakMap<IncomingMessage, Map<string, unknown>>();
  const read = (name: string, sealed: string): unknown => {
    const text = sealer.open(settings.id + name, sealed);
    return text === undefined ? undefined : JSON.parse(text);
  };
  const open = (req: IncomingMessage, name: string): unknown => {
    const sealed = cookiesOf(req)[prefix + name];
    if (sealed === undefined) return undefined;
    const known = opened.get(req) ?? new Map<string, unknown>();
    if (!known.has(name)) opened.set(req, known.set(name, read(name, sealed)));
    return known.get(name);
  };
  return {
    set(res, name, { value, seconds, isCrossSite = false }) {
      const sealed = sealer.seal(settings.id + name, JSON.stringify(value));
      const sameSite = isCrossSite ? "none" : attributes.sameSite;
      setCookie(res, { name: prefix + name, value: sealed, maxAge: seconds, ...attributes, sameSite });
    },
    get: open,
    clear(res, name) {
      setCookie(res, { name: prefix + name, value: "", maxAge: 0, ...attributes });
    },
    list(req, form) {
      return Object.entries(cookiesOf(req))
        .filter(([name]) => name.startsWith(prefix) && form.test(name.slice(prefix.length)))
        .slice(-MOST_OPENED)
        .map(([full, text = ""]) => {
          const name = full.slice(prefix.length);
          return { name, weight: full.length + text.length + 3, value: open(req, name) };
        });
    },
  };
}
