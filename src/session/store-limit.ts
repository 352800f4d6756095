/** @module How long a store outside this process is waited for: clients of Redis and databases wait for ever by default. */
import { limitTime } from "../state/time-limit.js";

/** A store that says nothing for so long is away, in milliseconds. */
const SILENCE_MS = 1000;

/** How long one call may take while the store answers others, which means that it is busy, in milliseconds. */
const LONGEST_MS = 2500;

/** What a store calls back with. */
export type Answer = (error?: unknown, data?: unknown) => void;

/** The limit of one store. */
export class StoreLimit {
  #answeredAtMs = Number.NEGATIVE_INFINITY;

  /** Makes a call whose answer comes once: what the store says, or an error when it says nothing for too long. */
  hold(callback: Answer, call: (answer: Answer) => void): void {
    const begunAtMs = performance.now();
    let isOver = false;
    const end: Answer = (error, data) => {
      if (isOver) return;
      isOver = true;
      clear();
      callback(error, data);
    };
    const expire = () => {
      const nowMs = performance.now();
      if (nowMs - this.#answeredAtMs < SILENCE_MS && nowMs - begunAtMs < LONGEST_MS) {
        clear = limitTime(SILENCE_MS / 2, expire);
      } else {
        end(new Error(`the session store has not answered for ${Math.round(nowMs - begunAtMs)} ms`));
      }
    };
    let clear = limitTime(SILENCE_MS, expire);
    try {
      call((error, data) => {
        this.#answeredAtMs = performance.now();
        end(error, data);
      });
    } catch (error) {
      end(error);
    }
  }
}
