/** @module Names the shared state when it can't be reached. */
import { StateError } from "../errors.js";

/** What does not go on while the state of logins is away. */
const LOGINS_WAIT =
  "so no login can begin, end or be renewed safely. Nothing is lost: it goes on when the state is back";

/**
 * Waits for an answer of the shared state.
 *
 * @param consequence - what can't be done without it, as the sentence goes on.
 * @throws {StateError} `OIDC_STATE_UNAVAILABLE`; what is one already, as it is.
 */
export async function reached<Result>(answer: Promise<Result>, consequence: string = LOGINS_WAIT): Promise<Result> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof StateError) throw cause;
    throw new StateError(
      "OIDC_STATE_UNAVAILABLE",
      `The shared state (option \`state\`) can't be reached, ${consequence}.`,
      { cause },
    );
  }
}
