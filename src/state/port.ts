/** @module What several processes share: a port of four verbs. Locks and replay protection are written once, on top of it. */

/**
 * Shared state. Keys and values are texts, and every entry ends by itself. Keys are short; values mostly, but the list of a person with 500
 * logins has about 60 KB.
 *
 * A call should settle within about a second. It is waited for two: then the state counts as one that can't be reached.
 *
 * Promises that every implementation keeps:
 * - an entry is gone for all verbs once its time to live is over;
 * - what one process has written, every process that shares the state reads from then on;
 * - `add` and `remove` are atomic: of two at once, one wins;
 * - absence is an answer, never an error; a promise rejects only when the state can't be reached.
 */
export interface SharedState {
  /** The value under a key; undefined when there is none. */
  get(key: string): Promise<string | undefined>;
  /** Writes a value, over any other, for a number of seconds (greater than 0, fractions allowed). */
  set(key: string, value: string, seconds: number): Promise<void>;
  /** Writes a value only where there is none. True when it was written. */
  add(key: string, value: string, seconds: number): Promise<boolean>;
  /** Removes an entry only while it holds this value. True when it was removed. */
  remove(key: string, value: string): Promise<boolean>;
}
