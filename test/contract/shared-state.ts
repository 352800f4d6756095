/**
 * What every shared state promises, as tests: the cases that the package offers to whoever writes an implementation.
 * @module
 */
import { afterEach, beforeEach, describe, test } from "vitest";
import { type StateUnderTest, sharedStateCases } from "../../src/testing.js";

/** A state to test, which gives back what it holds afterwards. */
export interface ClosableState extends StateUnderTest {
  close(): Promise<void>;
}

/** Runs the promises of the port on one implementation. Each test gets a state of its own, or at least an empty one. */
export function sharedStateContract(name: string, create: () => Promise<ClosableState>): void {
  describe(name, () => {
    let state: ClosableState;

    beforeEach(async () => {
      state = await create();
    });

    afterEach(() => state.close());

    test.each(sharedStateCases.map(({ title, run }) => [title, run] as const))("%s", (_title, run) => run(state));
  });
}
