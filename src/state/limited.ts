/** @module How long shared state of somebody else's is waited for: the port can't make it answer. */
import type { SharedState } from "./port.js";
import { limitTime } from "./time-limit.js";

/** A state that has not answered for so long can't be reached, in milliseconds. Those that limit themselves, to a second, know better why. */
const LIMIT_MS = 2000;

/** Puts a limit around every call of a state; a call that takes longer rejects. */
export function createLimitedState(state: SharedState): SharedState {
  return {
    get: (key) => within(() => state.get(key)),
    set: (key, value, seconds) => within(() => state.set(key, value, seconds)),
    add: (key, value, seconds) => within(() => state.add(key, value, seconds)),
    remove: (key, value) => within(() => state.remove(key, value)),
  };
}

async function within<Result>(call: () => Promise<Result>): Promise<Result> {
  let clear: () => void = () => undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    clear = limitTime(LIMIT_MS, () => reject(new Error(`the shared state has not answered for ${LIMIT_MS} ms`)));
  });
  try {
    return await Promise.race([call(), silence]);
  } finally {
    clear();
  }
}
