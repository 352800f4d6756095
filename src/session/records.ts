/** @module The records of logins in the session store. Written only by login, renewal and logout, so that no slower request can undo any. */
import { SessionError } from "../errors.js";
import type { Settings } from "../settings/settings.js";
import { trace } from "../trace.js";
import type { Ticket } from "./carrier.js";
import { createEndedMarks, type EndedMarks, type Mark } from "./ended.js";
import { createOpener, type Opener } from "./opener.js";
import { createPersons, type Persons } from "./persons.js";
import { type Login, readStored, recordId, type StoredLogin } from "./record.js";
import { createSharedNotes, type SharedNotes } from "./shared-notes.js";
import { type Backing, entryFor, readEntry, removeEntry, writeEntry } from "./store.js";
import { createUses, type Uses } from "./uses.js";

/** The records of one instance. */
export interface Records {
  /** A login's record; undefined when there is none, or when its time is over. */
  read(backing: Backing, handle: string): Promise<StoredLogin | undefined>;
  /** What a record holds; undefined when it can't be opened, which means signed out. */
  open(handle: string, stored: StoredLogin): Login | undefined;
  /** Writes a new login, and lists it under its person. @throws as {@link Records.write} */
  begin(backing: Backing, login: Login): Promise<StoredLogin>;
  /**
   * Writes a login, and takes it back when it has been ended meanwhile.
   * @throws {SessionError} `OIDC_SESSION_ENDED`
   */
  write(backing: Backing, login: Login): Promise<StoredLogin>;
  /** Ends a login for good: first the mark, then the record goes, so that whoever is writing it now finds the mark afterwards. */
  end(backing: Backing, ticket: Ticket): Promise<void>;
  /** Writes over the record of a login that could not be ended, where nobody will try again: no login is found there any more. */
  bury(backing: Backing, handle: string): Promise<void>;
  /**
   * Marks the logins of a person, or of a session at the provider, as ended: those that are being written now, and any that is not
   * listed. Those that are listed must be ended one by one, after this.
   */
  markAll(backing: Backing, name: string, mark: Mark): Promise<void>;
  /** Ends logins of one person. */
  endAll(backing: Backing, person: string, handles: readonly string[]): Promise<void>;
  /** Which logins a person has. */
  readonly persons: Pick<Persons, "of" | "behind">;
  /** Notes that a login is being used. Seldom writes, and never the record, which only its writers touch. */
  use(backing: Backing, handle: string, stored: StoredLogin): void;
}

interface Parts {
  readonly opener: Opener;
  readonly ended: EndedMarks;
  readonly uses: Uses;
  readonly persons: Persons;
}

/** Creates the records of one instance. */
export function createRecords(settings: Settings, notes: SharedNotes = createSharedNotes(settings)): Records {
  const opener = createOpener(settings);
  const ended = createEndedMarks(settings, notes);
  const persons = createPersons(settings, notes);
  const uses = createUses(settings);

  const endAll = createEnding({ opener, ended, uses, persons });
  const end = (backing: Backing, { handle, person }: Ticket) => endAll(backing, person, [handle]);

  async function write(backing: Backing, handle: string, stored: StoredLogin): Promise<StoredLogin> {
    await writeEntry(backing.store, recordId(handle), entryFor(stored, stored.endsAt - settings.now()));
    if (!(await ended.isMarked(backing, handle, stored))) return stored;
    await removeEntry(backing.store, recordId(handle));
    throw new SessionError("OIDC_SESSION_ENDED", "This login has ended meanwhile. Log in again.");
  }

  /** One that has ended and is here all the same ends again: it was not listed, or its record reached the store after its end. Others are listed. */
  async function recheck(backing: Backing, handle: string, stored: StoredLogin): Promise<void> {
    if (!(await ended.isMarked(backing, handle, stored))) return persons.confirm(backing, handle, stored);
    trace("session: a login is over, it has been ended before");
    await end(backing, { handle, person: stored.person });
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
      await end(backing, { handle, person: stored.person });
      return undefined;
    },
    open: (handle, stored) => opener.open(handle, stored),
    async begin(backing, login) {
      const stored = opener.seal(login);
      // listed before the marks are looked at: a logout of all marks first and reads the list then, so that one of the two sees the other
      await persons.add(backing, login.handle, stored);
      try {
        await write(backing, login.handle, stored);
        await persons.confirm(backing, login.handle, stored);
      } catch (error) {
        await persons.remove(backing, stored.person, new Set([login.handle]));
        throw error;
      }
      return stored;
    },
    write: (backing, login) => write(backing, login.handle, opener.seal(login)),
    end,
    bury: (backing, handle) => writeEntry(backing.store, recordId(handle), entryFor(null, 1)),
    markAll: (backing, name, mark) => ended.markAll(backing, name, mark),
    endAll,
    persons,
    use(backing, handle, stored) {
      if (!uses.note(backing, handle, stored)) return;
      recheck(backing, handle, stored).catch(() => trace("session: could not look whether a login has ended"));
    },
  };
}

/** Ends records, whoever is writing them now. */
function createEnding({ opener, ended, uses, persons }: Parts): Records["endAll"] {
  async function endRecord(backing: Backing, handle: string): Promise<void> {
    opener.forget(handle);
    try {
      await ended.markOne(backing, handle);
    } finally {
      // also when the mark could not be written: a login less is safer than one too many
      await Promise.all([removeEntry(backing.store, recordId(handle)), uses.forget(backing, handle)]);
    }
  }

  return async (backing, person, handles) => {
    const ends = await Promise.allSettled(handles.map((handle) => endRecord(backing, handle)));
    // what could not be ended stays listed, so that it is found when that is tried again
    await persons.remove(backing, person, new Set(handles.filter((_handle, at) => ends[at]?.status === "fulfilled")));
    const failure = ends.find((end) => end.status === "rejected");
    if (failure !== undefined) throw failure.reason;
  };
}
