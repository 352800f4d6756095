/** @module Marks of logins that have ended. Whoever has written a record looks here afterwards, so that none comes back to life. */
import { isObject } from "../settings/checks.js";
import type { Settings } from "../settings/settings.js";
import type { StoredLogin } from "./record.js";
import type { SharedNotes } from "./shared-notes.js";
import type { Backing } from "./store.js";

/** How long the end of one login is remembered: longer than any request that could still write its record. Seconds. */
const REMEMBERED_FOR = 3600;

/** Which logins of a person, or of a session at the provider, have ended with it. */
export type Until =
  /**
   * Those that the provider issued before then, by its clock, in epoch seconds. Of those of the very same second: whose code was sent before
   * the mark was made, by our clock, in epoch milliseconds.
   */
  | { readonly issued: number; readonly madeAtMs: number }
  /** Those that began here before then, by our clock, in epoch seconds. */
  | { readonly started: number };

/** The marks of one instance. */
export interface EndedMarks {
  /** Marks one login, by its handle. */
  markOne(backing: Backing, handle: string): Promise<void>;
  /** Marks the logins of a person, or of a session at the provider, by the hash that names it. */
  markAll(backing: Backing, name: string, until: Until): Promise<void>;
  /** Whether a login has ended, by whatever mark. */
  isMarked(backing: Backing, handle: string, stored: StoredLogin): Promise<boolean>;
  /** Whether a login has ended with its person's or its provider session's. */
  isMarkedWithOthers(backing: Backing, stored: StoredLogin): Promise<boolean>;
}

/** Creates the marks of one instance. */
export function createEndedMarks(
  { absoluteTimeout }: Pick<Settings, "absoluteTimeout">,
  notes: SharedNotes,
): EndedMarks {
  const id = (name: string) => `ended-${name}`;

  async function isMarkedWithOthers(backing: Backing, stored: StoredLogin): Promise<boolean> {
    const names = [stored.person, stored.providerSession].filter((name) => name !== undefined);
    const marks = await Promise.all(names.map((name) => notes.read(backing, id(name))));
    return marks.some((mark) => concerns(mark, stored));
  }

  return {
    markOne: (backing, handle) => notes.write(backing, id(handle), { value: true, seconds: REMEMBERED_FOR }),
    markAll: (backing, name, until) => notes.write(backing, id(name), { value: until, seconds: absoluteTimeout }),
    async isMarked(backing, handle, stored) {
      const own = notes.read(backing, id(handle));
      const [mark, withOthers] = await Promise.all([own, isMarkedWithOthers(backing, stored)]);
      return mark !== undefined || withOthers;
    },
    isMarkedWithOthers,
  };
}

function concerns(mark: unknown, { issuedAt, redeemedAtMs, startedAt }: StoredLogin): boolean {
  if (!isObject(mark)) return false;
  const { issued, madeAtMs, started } = mark;
  if (typeof started === "number") return startedAt < started;
  if (typeof issued !== "number" || typeof madeAtMs !== "number") return false;
  return issuedAt < issued || (issuedAt === issued && redeemedAtMs <= madeAtMs);
}
