/** @module Which logins a person has: one list for each, so that all can be shown and ended. */
import type { Settings } from "../settings/settings.js";
import { withLock } from "../state/lock.js";
import { trace } from "../trace.js";
import type { StoredLogin } from "./record.js";
import type { SharedNotes } from "./shared-notes.js";
import type { Backing } from "./store.js";

/** The most logins that are listed for one person; the newest ones. Those beyond end by their mark, with their next noted use. */
const MOST = 500;

/** How long a list is locked for a change, and how long another change waits for that. Seconds. */
const LOCK = { life: 3, wait: 4 };

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

/** The lists of one instance. A person goes by the hash that records carry. */
export interface Persons {
  /** Lists a new login. */
  add(backing: Backing, handle: string, stored: StoredLogin): Promise<void>;
  /** Looks whether a login is listed, and lists it again if another process has just overwritten the list. */
  confirm(backing: Backing, handle: string, stored: StoredLogin): Promise<void>;
  /** Takes logins off the list. Failure is only traced: a login that has ended is no harm there. */
  remove(backing: Backing, person: string, handles: ReadonlySet<string>): Promise<void>;
  /** The logins of a person that have not run out; some may have ended. */
  of(backing: Backing, person: string): Promise<readonly Listed[]>;
  /** The person behind a session at the provider. */
  behind(backing: Backing, session: string): Promise<string | undefined>;
}

/** Creates the lists of one instance. */
export function createPersons({ state, stateIsShared, now }: Settings, notes: SharedNotes): Persons {
  const listId = (person: string) => `person-${person}`;
  const sessionId = (session: string) => `sid-${session}`;

  async function read(backing: Backing, person: string): Promise<Listed[]> {
    const list = await notes.read(backing, listId(person));
    return Array.isArray(list) ? (list as Listed[]).filter(({ endsAt }) => endsAt > now()) : [];
  }

  async function change(backing: Backing, person: string, to: (list: Listed[]) => Listed[]): Promise<void> {
    const terms = { key: `list-${person}`, what: "changing this person's list of logins", ...LOCK };
    await withLock(state, terms, async () => {
      const before = await read(backing, person);
      const after = to(before);
      if (after === before) return;
      if (after.length === 0) return notes.remove(backing, listId(person));
      const endsAt = Math.max(now(), ...after.map((listed) => listed.endsAt));
      await notes.write(backing, listId(person), { value: after, seconds: endsAt - now() + 1 });
    });
  }

  function add(backing: Backing, handle: string, stored: StoredLogin): Promise<void> {
    const { person, providerSession: session, issuedAt, endsAt } = stored;
    return change(backing, person, (list) => [...list.slice(1 - MOST), { handle, session, issuedAt, endsAt }]);
  }

  return {
    async add(backing, handle, stored) {
      const { person, providerSession, endsAt } = stored;
      const seconds = endsAt - now();
      await Promise.all([
        add(backing, handle, stored),
        providerSession && notes.write(backing, sessionId(providerSession), { value: person, seconds }),
      ]);
    },
    async confirm(backing, handle, stored) {
      // with shared state the lock is every process's, and nothing gets lost
      if (stateIsShared) return;
      const isListed = (await read(backing, stored.person)).some((listed) => listed.handle === handle);
      if (!isListed) await add(backing, handle, stored);
    },
    async remove(backing, person, handles) {
      try {
        const sessions = new Set<string>();
        await change(backing, person, (list) => {
          const [gone, left] = parted(list, handles);
          for (const { session } of gone) if (session !== undefined) sessions.add(session);
          for (const { session } of left) if (session !== undefined) sessions.delete(session);
          return gone.length === 0 ? list : left;
        });
        await Promise.all([...sessions].map((session) => notes.remove(backing, sessionId(session))));
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
