/**
 * @module Login answers that the provider's page has posted. The session does not come with what another site posts, so an answer waits here,
 * sealed, until the browser asks again.
 */
import { StateError } from "../errors.js";
import type { Settings } from "../settings/settings.js";
import { reached } from "../state/reached.js";
import { attemptId } from "./attempts.js";
import { createSealer } from "./sealing.js";

/** How long an answer waits, in seconds. The browser is sent for it at once. */
const LIFE = 60;

/**
 * The most that waiting answers of one process may weigh together, in characters as they are sealed. Anybody can begin a login and post 64 KB
 * for it, again and again; honest answers are small, and gone at once.
 */
const HEAVIEST = 67_108_864;

/** The answers of one instance. Ask only for a state that this browser has begun. */
export interface PostedAnswers {
  /**
   * Keeps an answer; of several with one state the first.
   * @throws {StateError} `OIDC_STATE_UNAVAILABLE`, also when too many wait.
   */
  keep(state: string, answer: URLSearchParams): Promise<void>;
  /** Hands an answer out, once; undefined when there is none, or none any more. @throws {StateError} `OIDC_STATE_UNAVAILABLE` */
  take(state: string): Promise<URLSearchParams | undefined>;
}

/** Creates the answers of one instance. @param heaviest - what waiting ones may weigh together, in characters. Default: 64 million. */
export function createAnswers({ secrets, state: shared }: Settings, heaviest: number = HEAVIEST): PostedAnswers {
  const sealer = createSealer(secrets, "answer");
  const waiting = createWaitingRoom(heaviest);
  return {
    async keep(state, answer) {
      const id = attemptId(state);
      const sealed = sealer.seal(id, answer.toString());
      waiting.requireRoom(sealed.length);
      if (await reached(shared.add(`answer-${id}`, sealed, LIFE))) waiting.enter(id, sealed.length);
    },
    async take(state) {
      const id = attemptId(state);
      const sealed = await reached(shared.get(`answer-${id}`));
      if (sealed === undefined || !(await reached(shared.remove(`answer-${id}`, sealed)))) return undefined;
      waiting.leave(id);
      const answer = sealer.open(id, sealed);
      return answer === undefined ? undefined : new URLSearchParams(answer);
    },
  };
}

/** Counts what waits, by its weight. What another process hands out counts until its time is over. */
function createWaitingRoom(heaviest: number) {
  // the oldest come first, for all wait equally long
  const guests = new Map<string, { readonly weight: number; readonly endsAtMs: number }>();
  let together = 0;

  function leave(id: string): void {
    together -= guests.get(id)?.weight ?? 0;
    guests.delete(id);
  }

  return {
    leave,
    enter(id: string, weight: number): void {
      leave(id);
      guests.set(id, { weight, endsAtMs: Date.now() + LIFE * 1000 });
      together += weight;
    },
    /** @throws {StateError} */
    requireRoom(weight: number): void {
      const nowMs = Date.now();
      for (const [id, { endsAtMs }] of guests) {
        if (endsAtMs > nowMs) break;
        leave(id);
      }
      if (together + weight <= heaviest) return;
      throw new StateError(
        "OIDC_STATE_UNAVAILABLE",
        "More login answers wait here than people can have posted, so that no other is kept for up to a minute. Limit the rate of posts to the callback.",
      );
    },
  };
}
