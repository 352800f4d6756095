/** @module Marks of logins that have ended. Whoever has written a record looks here afterwards, so that none comes back to life. */
import type { Settings } from "../settings/settings.js";
import { withLock } from "../state/lock.js";
import type { StoredLogin } from "./record.js";
import type { SharedNotes } from "./shared-notes.js";
import type { Backing } from "./store.js";

/** How long the end of one login is remembered: longer than its record can wait in the queue of a store's client that is away. Seconds. */
const REMEMBERED_FOR = 86_400;

/** How long a mark of many logins is locked for a change, and how long another change waits for that. Seconds. */
const LOCK = { life: 5, wait: 6 };

/**
 * Up to when logins are meant: those that the provider issued before that second, by its clock; and of that very second those whose code was
 * sent before the mark was made, by our clock.
 */
export interface Limit {
  /** Epoch seconds. */
  readonly issued: number;
  /** Epoch milliseconds. */
  readonly madeAtMs: number;
}

/** Which logins of a person, or of a session at the provider, have ended with it. */
export interface Mark {
  /** All of them. */
  readonly all?: Limit;
  /** Those whose ID token names no session. */
  readonly withoutSession?: Limit;
  /** Those whose code was sent before then, by our clock, in epoch milliseconds. */
  readonly redeemedUntilMs?: number;
}

/** The marks of one instance. */
export interface EndedMarks {
  /** Marks one login, by its handle. */
  markOne(backing: Backing, handle: string): Promise<void>;
  /** Marks the logins of a person, or of a session at the provider, by the hash that names it. No mark takes back an earlier one. */
  markAll(backing: Backing, name: string, mark: Mark): Promise<void>;
  /** Whether a login has ended: by itself, with its person's or with its provider session's. */
  isMarked(backing: Backing, handle: string, stored: StoredLogin): Promise<boolean>;
}

/** Creates the marks of one instance. */
export function createEndedMarks(
  { absoluteTimeout, state }: Pick<Settings, "absoluteTimeout" | "state">,
  notes: SharedNotes,
): EndedMarks {
  const id = (name: string) => `ended-${name}`;
  const read = async (backing: Backing, name: string) => (await notes.read(backing, id(name))) as Mark | undefined;

  async function isMarkedWithOthers(backing: Backing, stored: StoredLogin): Promise<boolean> {
    const names = [stored.person, stored.providerSession].filter((name) => name !== undefined);
    const marks = await Promise.all(names.map((name) => read(backing, name)));
    return marks.some((mark) => mark !== undefined && concerns(mark, stored));
  }

  return {
    markOne: (backing, handle) => notes.write(backing, id(handle), { value: true, seconds: REMEMBERED_FOR }),
    markAll: (backing, name, mark) =>
      withLock(state, { key: `mark-${name}`, what: "marking this person's logins as ended", ...LOCK }, async () => {
        const value = later(await read(backing, name), mark);
        await notes.write(backing, id(name), { value, seconds: absoluteTimeout });
      }),
    async isMarked(backing, handle, stored) {
      const own = notes.read(backing, id(handle));
      const [mark, withOthers] = await Promise.all([own, isMarkedWithOthers(backing, stored)]);
      return mark !== undefined || withOthers;
    },
  };
}

/** What two marks mean together: a provider's older token, sent once more, moves nothing back in time. */
function later(before: Mark = {}, mark: Mark): Mark {
  const all = laterLimit(before.all, mark.all);
  const withoutSession = laterLimit(before.withoutSession, mark.withoutSession);
  const redeemed = [before.redeemedUntilMs, mark.redeemedUntilMs].filter((ms) => ms !== undefined);
  return {
    ...(all && { all }),
    ...(withoutSession && { withoutSession }),
    ...(redeemed.length > 0 && { redeemedUntilMs: Math.max(...redeemed) }),
  };
}

function laterLimit(a: Limit | undefined, b: Limit | undefined): Limit | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.issued !== b.issued) return a.issued > b.issued ? a : b;
  return a.madeAtMs > b.madeAtMs ? a : b;
}

function concerns({ all, withoutSession, redeemedUntilMs }: Mark, stored: StoredLogin): boolean {
  if (redeemedUntilMs !== undefined && stored.redeemedAtMs <= redeemedUntilMs) return true;
  return isWithin(all, stored) || (stored.providerSession === undefined && isWithin(withoutSession, stored));
}

function isWithin(limit: Limit | undefined, { issuedAt, redeemedAtMs }: StoredLogin): boolean {
  if (limit === undefined) return false;
  return issuedAt < limit.issued || (issuedAt === limit.issued && redeemedAtMs <= limit.madeAtMs);
}
