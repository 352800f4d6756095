/** @module Several pieces of work for one key, one after the other. */

/** Work that waits for its turn, by key. */
export class InTurn {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does some work when all that came before it for this key has ended, however it ended. */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
