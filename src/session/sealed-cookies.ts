/** @module Short-lived cookies that only this app can read: login attempts and other notes for the way to the provider and back. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { cookiesOf, setCookie } from "../http/cookies.js";
import type { Settings } from "../settings/settings.js";
import { createSealer } from "./sealing.js";

/** Sealed cookies, named after the instance that they belong to. */
export interface SealedCookies {
  /** Seals a value into a cookie. */
  set(res: ServerResponse, name: string, note: { readonly value: unknown; readonly seconds: number }): void;
  /** The value of a cookie; undefined when it is absent, not ours, or sealed with a secret that has left the list. */
  get(req: IncomingMessage, name: string): unknown;
  /** Takes a cookie away from the browser. */
  clear(res: ServerResponse, name: string): void;
  /** The cookies whose name begins so: their names, and what they weigh in the Cookie header, in bytes. */
  list(req: IncomingMessage, prefix: string): { readonly name: string; readonly weight: number }[];
}

/**
 * Creates the sealed cookies of one instance. Always `Path=/`: with a narrower path they would not be sent to `/login`, where they are
 * counted, and `__Host-`, which protects them from sub-domains, would be refused (RFC 6265bis §4.1.3).
 */
export function createSealedCookies(settings: Settings): SealedCookies {
  const sealer = createSealer(settings.secrets, "cookie");
  const prefix = `${settings.https ? "__Host-" : ""}oidc-${settings.id}-`;
  const attributes = { httpOnly: true, secure: settings.https, sameSite: "lax", path: "/" } as const;
  return {
    set(res, name, { value, seconds }) {
      const sealed = sealer.seal(settings.id + name, JSON.stringify(value));
      setCookie(res, { name: prefix + name, value: sealed, maxAge: seconds, ...attributes });
    },
    get(req, name) {
      const sealed = cookiesOf(req)[prefix + name];
      const text = sealed === undefined ? undefined : sealer.open(settings.id + name, sealed);
      return text === undefined ? undefined : JSON.parse(text);
    },
    clear(res, name) {
      setCookie(res, { name: prefix + name, value: "", maxAge: 0, ...attributes });
    },
    list(req, start) {
      return Object.entries(cookiesOf(req))
        .filter(([name]) => name.startsWith(prefix + start))
        .map(([name, value = ""]) => ({ name: name.slice(prefix.length), weight: name.length + value.length + 3 }));
    },
  };
}
