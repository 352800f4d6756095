/**
 * Something that one side of a test gives and the other waits for.
 * @module
 */

/** A signal. It is given once and stays so. */
export interface Signal {
  readonly given: Promise<void>;
  readonly give: () => void;
}

/** Work that waits when it has begun, until it is let go. */
export interface HeldWork<Args extends unknown[], Result> {
  readonly begun: Promise<void>;
  readonly letGo: () => void;
  readonly run: (...args: Args) => Promise<Result>;
}

/** Holds work back. */
export function holdBack<Args extends unknown[], Result>(
  work: (...args: Args) => Result | Promise<Result>,
): HeldWork<Args, Result> {
  const [begun, go] = [createSignal(), createSignal()];
  return {
    begun: begun.given,
    letGo: go.give,
    async run(...args) {
      begun.give();
      await go.given;
      return work(...args);
    },
  };
}

/** Creates a signal that is not given yet. */
export function createSignal(): Signal {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
