/** @module A limit for what another program should answer, which does not take our own slowness for its. */

/** The limit passes in so many parts. */
const PARTS = 4;

/**
 * Calls `expire` after some milliseconds, unless it is cleared before. A part begins only when the one before has passed and the event loop has
 * turned: in a process that is busy for longer than the whole limit, answers that have long arrived are read first.
 *
 * @returns what clears the limit.
 */
export function limitTime(ms: number, expire: () => void): () => void {
  let left = PARTS;
  let timer = setTimeout(pass, ms / PARTS);
  timer.unref();

  function pass(): void {
    left -= 1;
    if (left === 0) {
      expire();
      return;
    }
    timer = setTimeout(pass, ms / PARTS);
    timer.unref();
  }

  return () => clearTimeout(timer);
}
