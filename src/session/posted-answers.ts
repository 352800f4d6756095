/**
 * @module Login answers that the provider's page has posted. The session does not come with what another site posts, so an answer waits here,
 * sealed, until the browser asks again.
 */
import type { Settings } from "../settings/settings.js";
import { reached } from "../state/reached.js";
import { attemptId } from "./attempts.js";
import { createSealer } from "./sealing.js";

/** How long an answer waits, in seconds. The browser is sent for it at once. */
const LIFE = 60;

/** The answers of one instance. Ask only for a state that this browser has begun. */
export interface PostedAnswers {
  /** Keeps an answer; of several with one state the first. @throws {StateError} `OIDC_STATE_UNAVAILABLE` */
  keep(state: string, answer: URLSearchParams): Promise<void>;
  /** Hands an answer out, once; undefined when there is none, or none any more. @throws {StateError} `OIDC_STATE_UNAVAILABLE` */
  take(state: string): Promise<URLSearchParams | undefined>;
}

/** Creates the answers of one instance. */
export function createAnswers({ secrets, state: shared }: Settings): PostedAnswers {
  const sealer = createSealer(secrets, "answer");
  return {
    async keep(state, answer) {
      const id = attemptId(state);
      await reached(shared.add(`answer-${id}`, sealer.seal(id, answer.toString()), LIFE));
    },
    async take(state) {
      const id = attemptId(state);
      const sealed = await reached(shared.get(`answer-${id}`));
      if (sealed === undefined || !(await reached(shared.remove(`answer-${id}`, sealed)))) return undefined;
      const answer = sealer.open(id, sealed);
      return answer === undefined ? undefined : new URLSearchParams(answer);
    },
  };
}
