/** @module A provider in trouble is left alone for a while, so that it is not asked once for every request that fails. */
import type { ProviderError } from "../errors.js";
import { BoundedMap } from "../state/bounded-map.js";

/** How long, in seconds. */
const PAUSE = 5;

/** How many failures that concern one thing alone are remembered. */
const MOST = 10_000;

interface Failure {
  readonly error: ProviderError;
  readonly untilSeconds: number;
}

/** The pauses of one instance. */
export interface Pauses {
  /** @throws {ProviderError} the one of the failure, while its pause lasts. */
  check(key: string): void;
  /** A request has failed: an outage concerns everybody; a bad answer for one thing is that thing's affair. */
  failed(key: string, error: ProviderError): void;
  /** The provider has answered well: there is no outage any more. */
  answered(): void;
}

/** Creates the pauses of one instance. */
export function createPauses(now: () => number): Pauses {
  const failures = new BoundedMap<Failure>(MOST);
  let outage: Failure | undefined;
  return {
    check(key) {
      for (const failure of [outage, failures.get(key)]) {
        if (failure !== undefined && now() < failure.untilSeconds) throw failure.error;
      }
    },
    failed(key, error) {
      const failure = { error, untilSeconds: now() + PAUSE };
      if (error.retryable) outage = failure;
      else failures.set(key, failure);
    },
    answered() {
      outage = undefined;
    },
  };
}
