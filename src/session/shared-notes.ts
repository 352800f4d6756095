/** @module Notes that every process must see: in the shared state where there is one, else in the session store, which they share too. */
import type { Settings } from "../settings/settings.js";
import { reached } from "../state/reached.js";
import { type Backing, entryFor, readEntry, removeEntry, writeEntry } from "./store.js";

/** The shared notes of one instance. Values are plain data. */
export interface SharedNotes {
  /** The note under a name; undefined when there is none. @throws {StateError} `OIDC_STATE_UNAVAILABLE` */
  read(backing: Backing, name: string): Promise<unknown>;
  /** Writes a note, for a number of seconds. @throws {StateError} `OIDC_STATE_UNAVAILABLE` */
  write(backing: Backing, name: string, note: { readonly value: unknown; readonly seconds: number }): Promise<void>;
  /** Removes a note, if there is one. @throws {StateError} `OIDC_STATE_UNAVAILABLE` */
  remove(backing: Backing, name: string): Promise<void>;
}

/** Creates the shared notes of one instance. */
export function createSharedNotes({ id: instance, state, stateIsShared }: Settings): SharedNotes {
  // several instances, of several apps too, may share a store: a logout at one client is none at another
  const id = (name: string) => `oidc-${name}-${instance}`;
  if (!stateIsShared) {
    return {
      async read({ store }, name) {
        const entry = await readEntry(store, id(name));
        return typeof entry === "object" && entry !== null && "oidc" in entry ? entry.oidc : undefined;
      },
      write: ({ store }, name, { value, seconds }) => writeEntry(store, id(name), entryFor(value, seconds)),
      remove: ({ store }, name) => removeEntry(store, id(name)),
    };
  }
  return {
    async read(_backing, name) {
      const text = await reached(state.get(id(name)));
      return text === undefined ? undefined : JSON.parse(text);
    },
    write: (_backing, name, { value, seconds }) => reached(state.set(id(name), JSON.stringify(value), seconds)),
    async remove(_backing, name) {
      const text = await reached(state.get(id(name)));
      if (text !== undefined) await reached(state.remove(id(name), text));
    },
  };
}
