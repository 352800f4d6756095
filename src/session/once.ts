/** @module Work that counts once among all processes. */
import type { Settings } from "../settings/settings.js";
import { withLock } from "../state/lock.js";
import type { SharedNotes } from "./shared-notes.js";
import type { Backing } from "./store.js";

/** How long the work may take, and how long a second request for it waits. Seconds. */
const LOCK = { life: 8, wait: 2 };

/** Work to do once. */
export interface Occasion {
  readonly backing: Backing;
  /** What tells it apart from any other. */
  readonly name: string;
  /** How long it is remembered that it has been done. */
  readonly seconds: number;
  /** What it is, as it reads in a sentence. */
  readonly what: string;
}

/** What has been done, by name. */
export interface Once {
  /**
   * Does the work, unless it has been done. Only work that has come to its end counts: what fails may be tried again.
   *
   * @returns whether it was done now.
   * @throws {StateError} when that can't be known; and what the work throws.
   */
  carryOut(occasion: Occasion, work: () => Promise<void>): Promise<boolean>;
}

/** Creates it for one instance. Where processes share the session store alone, of two at the very same moment both may do it. */
export function createOnce({ state }: Settings, notes: SharedNotes): Once {
  return {
    carryOut({ backing, name, seconds, what }, work) {
      return withLock(state, { key: name, what, ...LOCK }, async () => {
        if ((await notes.read(backing, name)) !== undefined) return false;
        await work();
        await notes.write(backing, name, { value: true, seconds });
        return true;
      });
    },
  };
}
