/** @module Where sessions live: the store of our own session, or those of sessions that the app mounts. */
import type { SessionStore } from "../options.js";
import type { Settings } from "../settings/settings.js";
import { isInMemory, type OwnSession } from "./own-session.js";
import type { Backing } from "./store.js";

/** The stores that an instance has met. */
export interface Places {
  /** A store as backing, for a session whose cookie lives this long, in milliseconds. */
  of(store: SessionStore, cookieLifeMs: number | null | undefined): Backing;
  /** Where sessions live as far as is known: in the app's store that came by last, else in our own session's. */
  home(): Backing | undefined;
  /** Knows a store of the app's from now on, and hears when it loses its connection: express-session then leaves `req.session` out, and says nothing. */
  watch(store: SessionStore, cookieLifeMs: number | null | undefined): void;
  /** Whether one of them has lost its connection. */
  isAnyAway(): boolean;
}

/** Creates the places of one instance. */
export function createPlaces(settings: Settings, own: OwnSession): Places {
  const watched = new WeakSet<SessionStore>();
  const away = new Set<SessionStore>();
  let seen: Backing | undefined;

  function backingOf(store: SessionStore, lifeMs: number | null | undefined, isAlone: boolean): Backing {
    return { store, isAlone, idle: Math.min(settings.idleTimeout, (lifeMs ?? Number.POSITIVE_INFINITY) / 1000) };
  }

  function ofOwn(store: SessionStore): Backing {
    return backingOf(store, settings.session.cookie.maxAge, own.isAlone());
  }

  return {
    of(store, cookieLifeMs) {
      if (own.isOwn(store)) return ofOwn(store);
      seen = backingOf(store, cookieLifeMs, isInMemory(store));
      return seen;
    },
    home() {
      const store = own.store();
      return seen ?? (store && ofOwn(store));
    },
    watch(store, cookieLifeMs) {
      if (watched.has(store)) return;
      seen ??= backingOf(store, cookieLifeMs, isInMemory(store));
      watched.add(store);
      const on: unknown = Reflect.get(store, "on");
      if (typeof on !== "function") return;
      on.call(store, "disconnect", () => away.add(store));
      on.call(store, "connect", () => away.delete(store));
    },
    isAnyAway: () => away.size > 0,
  };
}
