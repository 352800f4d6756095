/** @module Names the shared state when it can't be reached. */
import { StateError } from "../errors.js";

/** Waits for an answer of the shared state. @throws {StateError} `OIDC_STATE_UNAVAILABLE` */
export async function reached<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer;
  } catch (cause) {
    throw new StateError(
      "OIDC_STATE_UNAVAILABLE",
      "The shared state (option `state`) can't be reached, so no login can begin, end or be renewed safely. Nothing is lost: it goes on when the state is back.",
      { cause },
    );
  }
}
