/** @module Remembers a failure for a while, so that strangers can't make us ask again and again who is away. */

/** What strangers' tokens have made us ask in vain is asked again after as long. Seconds. */
export const COOL_DOWN = 5;

/** Work that may fail. */
export interface FailureMemory {
  /** Does the work; or throws at once what it has just failed with. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Creates it. */
export function createFailureMemory(now: () => number): FailureMemory {
  let failure: unknown;
  let untilSeconds = 0;
  return {
    async run(work) {
      if (now() < untilSeconds) throw failure;
      try {
        return await work();
      } catch (error) {
        failure = error;
        untilSeconds = now() + COOL_DOWN;
        throw error;
      }
    },
  };
}
