/** @module One piece of work at a time for one key; whoever comes meanwhile gets the same result. */

/** Work under way, by key. */
export class SingleFlight<Result> {
  readonly #underWay = new Map<string, Promise<Result>>();

  /** Joins the work under way for this key, or starts it. */
  run(key: string, work: () => Promise<Result>): Promise<Result> {
    const joined = this.#underWay.get(key);
    if (joined !== undefined) return joined;
    const started = work().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, started);
    return started;
  }

  /** Whether somebody works for this key right now. */
  isUnderWay(key: string): boolean {
    return this.#underWay.has(key);
  }

  /** Resolves when nothing is under way any more, however it ended. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay.values());
  }
}
