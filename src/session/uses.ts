/** @module When logins were used last. Noted seldom, beside the record and never in it: a slow request could undo a renewal otherwise. */
import type { Settings } from "../settings/settings.js";
import { BoundedMap } from "../state/bounded-map.js";
import { trace } from "../trace.js";
import type { StoredLogin } from "./record.js";
import { type Backing, entryFor, readEntry, removeEntry, writeEntry } from "./store.js";

/** How many logins we remember to have noted just now. */
const MOST = 10_000;

/** The uses of logins, by their handle. */
export interface Uses {
  /** Notes a use, unless one has just been noted. Nobody waits for it. True when it was noted. */
  note(backing: Backing, handle: string, stored: StoredLogin): boolean;
  /** Whether a login has not been used for too long. The note is read only when record and memory alone would end it. */
  isIdle(backing: Backing, handle: string, recordedAt: number): Promise<boolean>;
  /** Removes the note of a login that is over. */
  forget(backing: Backing, handle: string): Promise<void>;
}

/** How often a use is noted, in seconds. So much later a login may end: never too early for somebody who is active. */
function intervalOf({ idle }: Backing): number {
  return Math.min(60, idle / 10);
}

/** Creates the uses of one instance. */
export function createUses({ now }: Pick<Settings, "now">): Uses {
  const notedAt = new BoundedMap<number>(MOST);
  const id = (handle: string) => `oidc-used-${handle}`;
  const knownUse = (handle: string, recordedAt: number) => Math.max(recordedAt, notedAt.get(handle) ?? 0);
  return {
    note(backing, handle, { usedAt, endsAt }) {
      const at = now();
      if (at - knownUse(handle, usedAt) < intervalOf(backing)) return false;
      notedAt.set(handle, at);
      const life = Math.min(backing.idle + intervalOf(backing), endsAt - at);
      writeEntry(backing.store, id(handle), entryFor(at, life)).catch(() =>
        trace("session: could not note that a login is in use"),
      );
      return true;
    },
    async isIdle(backing, handle, recordedAt) {
      const oldest = now() - backing.idle - intervalOf(backing);
      if (knownUse(handle, recordedAt) > oldest) return false;
      const note = await readEntry(backing.store, id(handle));
      const noted = typeof note === "object" && note !== null && "oidc" in note ? note.oidc : 0;
      return typeof noted !== "number" || noted <= oldest;
    },
    forget(backing, handle) {
      notedAt.delete(handle);
      return removeEntry(backing.store, id(handle));
    },
  };
}
