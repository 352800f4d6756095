/** @module What may happen once among all processes. */
import type { Settings } from "../settings/settings.js";
import { reached } from "../state/reached.js";
import type { SharedNotes } from "./shared-notes.js";
import type { Backing } from "./store.js";

/** What has happened, by name. */
export interface Once {
  /** Claims a name for a number of seconds. False when it is taken. @throws {StateError} `OIDC_STATE_UNAVAILABLE` */
  claim(backing: Backing, name: string, seconds: number): Promise<boolean>;
  /** Gives a name back that was claimed for nothing. Failure is no harm: it ends by itself. */
  giveBack(backing: Backing, name: string): Promise<void>;
}

/** Creates it for one instance. Where processes share the session store alone, of two at the very same moment both may win. */
export function createOnce({ state, stateIsShared }: Settings, notes: SharedNotes): Once {
  return {
    async claim(backing, name, seconds) {
      if (!(await reached(state.add(name, "1", seconds)))) return false;
      if (stateIsShared) return true;
      try {
        if ((await notes.read(backing, name)) !== undefined) return false;
        await notes.write(backing, name, { value: true, seconds });
        return true;
      } catch (error) {
        await state.remove(name, "1").catch(() => false);
        throw error;
      }
    },
    async giveBack(backing, name) {
      await state.remove(name, "1").catch(() => false);
      if (!stateIsShared) await notes.remove(backing, name).catch(() => undefined);
    },
  };
}
