/** @module Where sessions live: the store of our own session, or those of sessions that the app mounts. */
import type { SessionStore } from "../options.js";
import type { Settings } from "../settings/settings.js";
import type { OwnStore } from "./own-store.js";
import type { Backing } from "./store.js";

/** The stores that an instance has met. */
export interface Places {
  /** A store as backing, for a session whose cookie lives this long, in milliseconds. */
  of(store: SessionStore, cookieLifeMs: number | null | undefined): Backing;
  /** Where sessions live as far as is known: in the app's store that came by last, else in our own session's. No session is known here, so no cookie's life counts. */
  home(): Backing | undefined;
  /** Knows a store of the app's from now on, and hears when it loses its connection: express-session then leaves `req.session` out, and says nothing. */
  watch(store: SessionStore): void;
  /** Whether one of them has lost its connection. */
  isAnyAway(): boolean;
}

/** Creates the places of one instance. The store that the options name is listened to from the start: it may be away before the first request. */
export function createPlaces(settings: Settings, own: OwnStore): Places {
  const heard = new WeakSet<SessionStore>();
  const away = new Set<SessionStore>();
  let seen: SessionStore | undefined;

  function backingOf(store: SessionStore, lifeMs: number | null | undefined): Backing {
    const idle = Math.min(settings.idleTimeout, (lifeMs ?? Number.POSITIVE_INFINITY) / 1000);
    return { store, isAlone: own.isAlone(store), idle };
  }

  function hear(store: SessionStore): void {
    if (heard.has(store)) return;
    heard.add(store);
    const on: unknown = Reflect.get(store, "on");
    if (typeof on !== "function") return;
    on.call(store, "disconnect", () => away.add(store));
    on.call(store, "connect", () => away.delete(store));
  }

  if (settings.session.store !== undefined) hear(settings.session.store);

  return {
    of(store, cookieLifeMs) {
      if (own.isOwn(store)) return backingOf(store, settings.session.cookie.maxAge);
      seen = store;
      return backingOf(store, cookieLifeMs);
    },
    home() {
      const store = seen ?? own.known();
      return store && backingOf(store, undefined);
    },
    watch(store) {
      seen ??= store;
      hear(store);
    },
    isAnyAway: () => away.size > 0,
  };
}
