/** @module The records of logins in the session store. Written only by login, renewal and logout, so that no slower request can undo any. */
import { SessionError } from "../errors.js";
import type { SessionStore } from "../options.js";
import type { Settings } from "../settings/settings.js";
import { BoundedMap } from "../state/bounded-map.js";
import { trace } from "../trace.js";
import { type Login, openLogin, readStored, type StoredLogin, sealLogin } from "./record.js";
import { createSealer } from "./sealing.js";
import { entryFor, readEntry, removeEntry, writeEntry } from "./store.js";

/** How many opened logins are kept, so that an unchanged record is not opened again. */
const MOST_OPENED = 2000;

/** How many logins we remember to have used just now. */
const MOST_USED = 10_000;

/** How long it is remembered that a login has ended: longer than any request that could still write it. Seconds. */
const ENDED_FOR = 3600;

/** Where a request's session lives. It comes with each call: the app may have mounted the session. */
export interface Backing {
  readonly store: SessionStore;
  /** How long a login may go unused here, in seconds: `idleTimeout`, or the life of the app's own session cookie where that is shorter. */
  readonly idle: number;
}

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
  const usedAt = new BoundedMap<number>(MOST_USED);
  const recordId = (handle: string) => `oidc-${handle}`;
  const usedId = (handle: string) => `oidc-used-${handle}`;
  const endedId = (handle: string) => `oidc-ended-${handle}`;
  /** How often the use of a login is noted. So much later it may end: never too early for somebody who is active. */
  const interval = ({ idle }: Backing) => Math.min(60, idle / 10);

  async function isEnded({ store }: Backing, handle: string): Promise<boolean> {
    if (settings.stateIsShared) return (await settings.state.get(endedId(handle))) !== undefined;
    return (await readEntry(store, endedId(handle))) !== undefined;
  }

  async function markEnded({ store }: Backing, handle: string): Promise<void> {
    if (settings.stateIsShared) await settings.state.set(endedId(handle), "1", ENDED_FOR);
    else await writeEntry(store, endedId(handle), entryFor(true, ENDED_FOR));
  }

  /** The note of a login's last use is read only when record and memory alone would end it. */
  async function isIdle(backing: Backing, handle: string, stored: StoredLogin): Promise<boolean> {
    const oldest = settings.now() - backing.idle - interval(backing);
    if (Math.max(stored.usedAt, usedAt.get(handle) ?? 0) > oldest) return false;
    const note = await readEntry(backing.store, usedId(handle));
    const noted = typeof note === "object" && note !== null && "oidc" in note ? note.oidc : 0;
    return typeof noted !== "number" || noted <= oldest;
  }

  const records: Records = {
    async read(backing, handle) {
      const stored = readStored(await readEntry(backing.store, recordId(handle)));
      if (stored === undefined) return undefined;
      if (settings.now() < stored.endsAt && !(await isIdle(backing, handle, stored))) return stored;
      trace("session: a login is over, its time has run out");
      await records.end(backing, handle);
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
      if (!(await isEnded(backing, login.handle))) return stored;
      await removeEntry(backing.store, recordId(login.handle));
      throw new SessionError("OIDC_SESSION_ENDED", "This login has ended meanwhile. Log in again.");
    },
    async end(backing, handle) {
      opened.delete(handle);
      usedAt.delete(handle);
      await markEnded(backing, handle);
      await Promise.all([recordId(handle), usedId(handle)].map((id) => removeEntry(backing.store, id)));
    },
    use(backing, handle, stored) {
      const now = settings.now();
      if (now - Math.max(stored.usedAt, usedAt.get(handle) ?? 0) < interval(backing)) return;
      usedAt.set(handle, now);
      const life = Math.min(backing.idle + interval(backing), stored.endsAt - now);
      const noted = writeEntry(backing.store, usedId(handle), entryFor(now, life));
      noted.catch(() => trace("session: could not note that a login is in use"));
    },
  };
  return records;
}
