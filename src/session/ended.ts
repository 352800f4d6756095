/** @module Marks of logins that have ended. Whoever has written a record looks here afterwards, so that none comes back to life. */
import type { Settings } from "../settings/settings.js";
import { reached } from "../state/reached.js";
import { type Backing, entryFor, readEntry, writeEntry } from "./store.js";

/** How long an end is remembered: longer than any request that could still write the record. Seconds. */
const REMEMBERED_FOR = 3600;

/** The marks of one instance, by the handle of the login. */
export interface EndedMarks {
  mark(backing: Backing, handle: string): Promise<void>;
  isMarked(backing: Backing, handle: string): Promise<boolean>;
}

/** Without shared state the marks go into the session store, so that they reach every process that shares it. */
export function createEndedMarks({ state, stateIsShared }: Settings): EndedMarks {
  const id = (handle: string) => `oidc-ended-${handle}`;
  return {
    async mark({ store }, handle) {
      if (stateIsShared) await reached(state.set(id(handle), "1", REMEMBERED_FOR));
      else await writeEntry(store, id(handle), entryFor(true, REMEMBERED_FOR));
    },
    async isMarked({ store }, handle) {
      const mark = stateIsShared ? reached(state.get(id(handle))) : readEntry(store, id(handle));
      return (await mark) !== undefined;
    },
  };
}
