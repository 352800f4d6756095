/** @module Seals and opens logins, and remembers what was opened, so that an unchanged record costs nothing. */
import type { Settings } from "../settings/settings.js";
import { BoundedMap } from "../state/bounded-map.js";
import { trace } from "../trace.js";
import { BOUND, type Login, openLogin, type StoredLogin, sealLogin } from "./record.js";
import { createSealer } from "./sealing.js";

/** How many opened logins are kept. */
const MOST_OPENED = 2000;

/** Seals and opens the logins of one instance. */
export interface Opener {
  /** Seals a login into a record that is used now. */
  seal(login: Login): StoredLogin;
  /** What a record holds; undefined when it can't be opened, which means signed out. */
  open(handle: string, stored: StoredLogin): Login | undefined;
  /** Drops what was opened. */
  forget(handle: string): void;
}

/** Creates the opener of one instance. */
export function createOpener({ secrets, now }: Settings): Opener {
  const sealer = createSealer(secrets, "login");
  const opened = new BoundedMap<{ readonly stored: StoredLogin; readonly login: Login }>(MOST_OPENED);
  return {
    seal(login) {
      const { stored, login: readable } = sealLogin(login, sealer, now());
      // the next request wants it, most likely on this process
      opened.set(login.handle, { stored, login: readable });
      return stored;
    },
    open(handle, stored) {
      const kept = opened.get(handle);
      const isKept = kept !== undefined && isUnchanged(kept.stored, stored);
      const login = isKept ? kept.login : openLogin(handle, stored, sealer);
      if (login === undefined) {
        trace("session: a record can't be opened with any secret of the list, or was changed: signed out");
        return undefined;
      }
      if (!isKept) opened.set(handle, { stored, login });
      return login;
    },
    forget: (handle) => opened.delete(handle),
  };
}

/** What stands in the clear decides when a login ends, and whose it is, so it must be what the seal is bound to. */
function isUnchanged(before: StoredLogin, now: StoredLogin): boolean {
  return before.sealed === now.sealed && BOUND.every((name) => before[name] === now[name]);
}
