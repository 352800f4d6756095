/** @module A lock over shared state: one holder among all processes, given back by itself when its holder dies. */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { StateError } from "../errors.js";
import { trace } from "../trace.js";
import type { SharedState } from "./port.js";
import { reached } from "./reached.js";

/** The first pause between two tries, in milliseconds; it doubles up to eight times this. */
const FIRST_PAUSE_MS = 20;

/** The pause before each try to give back a lock that may have been taken unnoticed, in milliseconds. */
const GIVE_BACK_MS = 500;

/** How a lock is taken. */
export interface LockTerms {
  /** What is locked. */
  readonly key: string;
  /** What its holder is doing, as it reads in a sentence. */
  readonly what: string;
  /** How long it may be held, in seconds; longer than the work can take. */
  readonly life: number;
  /** How long to wait for it, in seconds. */
  readonly wait: number;
}

/** A lock while it is held. */
export interface Held {
  /** Keeps the lock until this, too, has ended; whoever waits for the work itself does not wait for it. */
  until(more: Promise<void>): void;
}

/**
 * Does some work while holding a lock.
 *
 * Whoever had to wait must read again what it knew: the holder before has changed it.
 *
 * @throws {StateError} `OIDC_STATE_LOCK_TIMEOUT` when the lock stays taken, `OIDC_STATE_UNAVAILABLE` when the state is away.
 */
export async function withLock<Result>(
  state: SharedState,
  terms: LockTerms,
  work: (held: Held) => Promise<Result>,
): Promise<Result> {
  const token = randomBytes(16).toString("base64url");
  await acquire(state, terms, token);
  let rest: Promise<void> | undefined;
  const until = (more: Promise<void>) => {
    rest = more;
  };
  // a lock that can't be given back ends by itself
  const release = () => state.remove(terms.key, token).catch(() => false);
  try {
    return await work({ until });
  } finally {
    if (rest === undefined) await release();
    else void rest.then(release, release);
  }
}

async function acquire(state: SharedState, terms: LockTerms, token: string): Promise<void> {
  const untilMs = performance.now() + terms.wait * 1000;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, FIRST_PAUSE_MS * 8)) {
    if (await take(state, terms, token)) return;
    if (performance.now() + pauseMs > untilMs) {
      throw new StateError(
        "OIDC_STATE_LOCK_TIMEOUT",
        `Another request, here or in another process, has been ${terms.what} for ${terms.wait} s. Try again; if it stays so, look at the process that holds the lock.`,
      );
    }
    await pause(pauseMs * (0.5 + Math.random() / 2), undefined, { ref: false });
  }
}

async function take(state: SharedState, terms: LockTerms, token: string): Promise<boolean> {
  try {
    return await reached(state.add(terms.key, token, terms.life));
  } catch (error) {
    // a state that was silent may still carry it out: the lock would be taken, and nobody would know
    void giveBackUnnoticed(state, terms, token);
    throw error;
  }
}

/** Gives a lock back that nobody knows to have, in the background: until the state answers, or the lock has ended by itself. */
async function giveBackUnnoticed(state: SharedState, { key, life }: LockTerms, token: string): Promise<void> {
  for (let leftMs = life * 1000; leftMs > GIVE_BACK_MS; leftMs -= GIVE_BACK_MS) {
    await pause(GIVE_BACK_MS, undefined, { ref: false });
    try {
      await state.remove(key, token);
      return;
    } catch {
      trace("state: a lock that may be taken can't be given back yet");
    }
  }
}
