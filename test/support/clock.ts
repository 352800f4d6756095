/**
 * A clock that tests move by hand. Only the date is faked: timers and sockets go on as always.
 * @module
 */
import { onTestFinished, vi } from "vitest";

/** The faked clock. */
export interface Clock {
  /** Moves on by some seconds; the time in between passes at once. */
  advance(seconds: number): void;
  /** Epoch seconds. */
  now(): number;
}

/** Stops the clock until the test is over. It starts at a whole second, so that sums in seconds come out even. */
export function stopClock(): Clock {
  vi.useFakeTimers({ toFake: ["Date"], now: Math.floor(Date.now() / 1000) * 1000 });
  onTestFinished(() => void vi.useRealTimers());
  return {
    advance: (seconds) => void vi.setSystemTime(Date.now() + seconds * 1000),
    now: () => Date.now() / 1000,
  };
}
