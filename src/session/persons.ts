/** @module Which logins a person has: one list for each, so that all can be shown and ended. */
import type { Settings } from "../settings/settings.js";
import { withLock } from "../state/lock.js";
import { trace } from "../trace.js";
import type { StoredLogin } from "./record.js";
import type { SharedNotes } from "./shared-notes.js";
import type { Backing } from "./store.js";

/** The most logins that are listed for one person; the newest ones. Those beyond end by their mark, with their next noted use. */
const MOST = 500;

/** How long a list is locked for a change, which takes up to three answers of the state, and how long another change waits for that. Seconds. */
const LOCK = { life: 7, wait: 8 };

/** One login in its person's list. */
export interface Listed {
  readonly handle: string;
  /** Its session at the provider, hashed. */
  readonly session: string | undefined;
  /** When the provider issued its first ID token, in epoch seconds. */
  readonly issuedAt: number;
  /** When it ends at the latest, in epoch seconds. */
  readonly endsAt: number;
}

/** A login in a list as it is written down, the shorter for it: a list is read and written with every login of its person. */
type Written = readonly [handle: string, issuedAt: number, endsAt: number, session?: string];

/** The lists of one instance. A person goes by the hash that records carry. */
export interface Persons {
  /** Lists a new login. */
  add(backing: Backing, handle: string, stored: StoredLogin): Promise<void>;
  /** Lists a login again that is listed no more: another process has overwritten the list, or the state has lost it. A full list stays as it is. */
  confirm(backing: Backing, handle: string, stored: StoredLogin): Promise<void>;
  /** Takes logins off the list. Failure is only traced: a login that has ended is no harm there. */
  remove(backing: Backing, person: string, handles: ReadonlySet<string>): Promise<void>;
  /** The logins of a person that have not run out; some may have ended. */
  of(backing: Backing, person: string): Promise<readonly Listed[]>;
  /** The person behind a session at the provider. */
  behind(backing: Backing, session: string): Promise<string | undefined>;
}

/** Creates the lists of one instance. */
export function createPersons({ state, now }: Settings, notes: SharedNotes): Persons {
  const listId = (person: string) => `person-${person}`;
  const sessionId = (session: string) => `sid-${session}`;

  async function read(backing: Backing, person: string): Promise<Listed[]> {
    const list = await notes.read(backing, listId(person));
    if (!Array.isArray(list)) return [];
    return (list as Written[])
      .map(([handle, issuedAt, endsAt, session]) => ({ handle, issuedAt, endsAt, session }))
      .filter(({ endsAt }) => endsAt > now());
  }

  function locked(person: string, work: () => Promise<void>): Promise<void> {
    return withLock(state, { key: `list-${person}`, what: "changing this person's list of logins", ...LOCK }, work);
  }

  async function write(backing: Backing, person: string, list: Listed[]): Promise<void> {
    if (list.length === 0) return notes.remove(backing, listId(person));
    const endsAt = Math.max(now(), ...list.map((listed) => listed.endsAt));
    const value = list.map(
      ({ handle, issuedAt, endsAt: its, session }): Written =>
        session === undefined ? [handle, issuedAt, its] : [handle, issuedAt, its, session],
    );
    await notes.write(backing, listId(person), { value, seconds: endsAt - now() + 1 });
  }

  function add(backing: Backing, handle: string, stored: StoredLogin): Promise<void> {
    const { person, providerSession: session, issuedAt, endsAt } = stored;
    return locked(person, async () => {
      const others = (await read(backing, person)).slice(1 - MOST);
      const noting = session && notes.write(backing, sessionId(session), { value: person, seconds: endsAt - now() });
      await Promise.all([write(backing, person, [...others, { handle, session, issuedAt, endsAt }]), noting]);
    });
  }

  async function remove(backing: Backing, person: string, handles: ReadonlySet<string>): Promise<void> {
    const [gone, left] = parted(await read(backing, person), handles);
    if (gone.length === 0) return;
    await write(backing, person, left);
    const kept = new Set(left.map(({ session }) => session));
    const ended = new Set(gone.flatMap(({ session }) => (session === undefined || kept.has(session) ? [] : [session])));
    await Promise.all([...ended].map((session) => notes.remove(backing, sessionId(session))));
  }

  return {
    add,
    async confirm(backing, handle, stored) {
      const list = await read(backing, stored.person);
      const isListed = list.length >= MOST || list.some((listed) => listed.handle === handle);
      if (!isListed) await add(backing, handle, stored);
    },
    async remove(backing, person, handles) {
      try {
        await locked(person, () => remove(backing, person, handles));
      } catch {
        trace("session: a list of logins could not be changed");
      }
    },
    of: read,
    async behind(backing, session) {
      const person = await notes.read(backing, sessionId(session));
      return typeof person === "string" ? person : undefined;
    },
  };
}

function parted(list: Listed[], handles: ReadonlySet<string>): [gone: Listed[], left: Listed[]] {
  return [list.filter(({ handle }) => handles.has(handle)), list.filter(({ handle }) => !handles.has(handle))];
}
