/**
 * Something that one side of a test gives and the other waits for.
 * @module
 */

/** A signal. It is given once and stays so. */
export interface Signal {
  readonly given: Promise<void>;
  readonly give: () => void;
}

/** Creates a signal that is not given yet. */
export function createSignal(): Signal {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
