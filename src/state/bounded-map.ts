/** @module A map that forgets its oldest entries, for caches that must not grow with the traffic. */

/** Keeps at most `limit` entries; the one that was written longest ago goes first. */
export class BoundedMap<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #limit: number;
  /** Stands before the oldest entry, while one entry takes the place of another. */
  #oldest: Iterator<string> | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#limit) {
      // an iterator that stands still would keep alive what the map has outgrown
      this.#oldest = undefined;
      return;
    }
    // a new one each time would walk over the gaps of all that was deleted, in a large map for longer than a signature takes
    this.#oldest ??= this.#entries.keys();
    this.#entries.delete(this.#oldest.next().value);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
