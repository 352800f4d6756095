/** @module How long a store outside this process is waited for: clients of Redis and databases wait for ever by default. */
import type { SessionStore } from "../options.js";
import { limitTime } from "../state/time-limit.js";

/** A store that says nothing for so long is away, in milliseconds. */
const SILENCE_MS = 1000;

/** How long one call may take while the store answers others, which means that it is busy, in milliseconds. */
const LONGEST_MS = 2500;

/** How often a silent store is asked whether it is back, in milliseconds. */
const PROBE_MS = 500;

/** What a store calls back with. */
export type Answer = (error?: unknown, data?: unknown) => void;

/** The limit of one store. */
export class StoreLimit {
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  /** When the first call began that was met with silence; undefined while the store answers, be it late or with an error. */
  #silentSinceMs: number | undefined;
  #probedAtMs = Number.NEGATIVE_INFINITY;

  /** Whether calls fail at once, all but a few that find out when the store is back. */
  get isSilent(): boolean {
    return this.#silentSinceMs !== undefined;
  }

  /** Makes a call whose answer comes once: what the store says, or an error when it says nothing for too long. */
  hold(callback: Answer, call: (answer: Answer) => void): void {
    const begunAtMs = performance.now();
    if (this.#silentSinceMs !== undefined) {
      if (begunAtMs - this.#probedAtMs < PROBE_MS) {
        callback(noAnswerSince(this.#silentSinceMs));
        return;
      }
      this.#probedAtMs = begunAtMs;
    }
    let waiting: Answer | undefined = callback;
    const end: Answer = (error, data) => {
      const answer = waiting;
      // a silent store may keep its callback for as long as it is away, but not the request behind it
      waiting = undefined;
      clear();
      answer?.(error, data);
    };
    const expire = () => {
      const nowMs = performance.now();
      const isSilent = nowMs - this.#answeredAtMs >= SILENCE_MS;
      if (isSilent) this.#silentSinceMs ??= begunAtMs;
      if (isSilent || nowMs - begunAtMs >= LONGEST_MS) end(noAnswerSince(begunAtMs));
      else clear = limitTime(SILENCE_MS / 2, expire);
    };
    let clear = limitTime(SILENCE_MS, expire);
    try {
      call((error, data) => {
        this.#answeredAtMs = performance.now();
        this.#silentSinceMs = undefined;
        end(error, data);
      });
    } catch (error) {
      end(error);
    }
  }
}

/** A store whose every call ends: with what the store says, or with an error when it says nothing for too long. */
export function limited(store: SessionStore): SessionStore {
  const limit = new StoreLimit();
  return {
    get: (id, callback) => limit.hold(callback, (answer) => store.get(id, answer)),
    set: (id, data, callback = () => undefined) => limit.hold(callback, (answer) => store.set(id, data, answer)),
    destroy: (id, callback = () => undefined) => limit.hold(callback, (answer) => store.destroy(id, answer)),
  };
}

function noAnswerSince(beginMs: number): Error {
  return new Error(`the session store has not answered for ${Math.round(performance.now() - beginMs)} ms`);
}
