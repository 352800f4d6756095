/** @module The records of logins in the session store. Written only by login, renewal and logout, so that no slower request can undo any. */
import { SessionError } from "../errors.js";
import type { Settings } from "../settings/settings.js";
import { BoundedMap } from "../state/bounded-map.js";
import { trace } from "../trace.js";
import { createEndedMarks } from "./ended.js";
import { type Login, openLogin, readStored, type StoredLogin, sealLogin } from "./record.js";
import { createSealer } from "./sealing.js";
import { type Backing, entryFor, readEntry, removeEntry, writeEntry } from "./store.js";
import { createUses } from "./uses.js";

/** How many opened logins are kept, so that an unchanged record is not opened again. */
const MOST_OPENED = 2000;

/** The records of one instance. */
export interface Records {
  /** A login's record; undefined when there is none, or when its time is over. */
  read(backing: Backing, handle: string): Promise<StoredLogin | undefined>;
  /** What a record holds; undefined when it can't be opened, which means signed out. */
  open(handle: string, stored: StoredLogin): Login | undefined;
  /**
   * Writes a login, and takes it back when it has been ended meanwhile.
   * @throws {SessionError} `OIDC_SESSION_ENDED`
   */
  write(backing: Backing, login: Login): Promise<StoredLogin>;
  /** Ends a login for good: first the mark, then the record goes, so that whoever is writing it now finds the mark afterwards. */
  end(backing: Backing, handle: string): Promise<void>;
  /** Notes that a login is being used. Seldom writes, and never the record, which only its writers touch. */
  use(backing: Backing, handle: string, stored: StoredLogin): void;
}

/** Creates the records of one instance. */
export function createRecords(settings: Settings): Records {
  const sealer = createSealer(settings.secrets, "login");
  const opened = new BoundedMap<{ readonly sealed: string; readonly login: Login }>(MOST_OPENED);
  const ended = createEndedMarks(settings);
  const uses = createUses(settings);
  const recordId = (handle: string) => `oidc-${handle}`;

  async function end(backing: Backing, handle: string): Promise<void> {
    opened.delete(handle);
    try {
      await ended.mark(backing, handle);
    } finally {
      // also when the mark could not be written: a login less is safer than one too many
      await Promise.all([removeEntry(backing.store, recordId(handle)), uses.forget(backing, handle)]);
    }
  }

  return {
    async read(backing, handle) {
      const stored = readStored(await readEntry(backing.store, recordId(handle)));
      if (stored === undefined) {
        trace("session: its login has ended, or its record is of an unknown version");
        return undefined;
      }
      if (settings.now() < stored.endsAt && !(await uses.isIdle(backing, handle, stored.usedAt))) return stored;
      trace("session: a login is over, its time has run out");
      await end(backing, handle);
      return undefined;
    },
    open(handle, stored) {
      const kept = opened.get(handle);
      const login = kept?.sealed === stored.sealed ? kept.login : openLogin(handle, stored.sealed, sealer);
      // what stands in the clear decides when a login ends, so it must be what was sealed
      if (login === undefined || login.startedAt !== stored.startedAt || login.endsAt !== stored.endsAt) {
        trace("session: a record can't be opened with any secret of the list, or was changed: signed out");
        return undefined;
      }
      if (login !== kept?.login) opened.set(handle, { sealed: stored.sealed, login });
      return login;
    },
    async write(backing, login) {
      const stored = sealLogin(login, sealer, settings.now());
      await writeEntry(backing.store, recordId(login.handle), entryFor(stored, login.endsAt - settings.now()));
      if (!(await ended.isMarked(backing, login.handle))) return stored;
      await removeEntry(backing.store, recordId(login.handle));
      throw new SessionError("OIDC_SESSION_ENDED", "This login has ended meanwhile. Log in again.");
    },
    end,
    use: (backing, handle, stored) => uses.note(backing, handle, stored),
  };
}
