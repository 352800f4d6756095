/** @module Login attempts: each in a cookie of its own, so that several tabs can log in at once. */
import { createHash, randomInt } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Proofs, randomText } from "../provider/authorize.js";
import type { Settings } from "../settings/settings.js";
import type { SealedCookies } from "./sealed-cookies.js";

/** How long a person may take at the provider, in seconds. */
export const ATTEMPT_LIFE = 600;

/** How long an attempt is remembered, so that somebody who was too slow still comes to the page that was wanted. Seconds. */
const REMEMBERED_FOR = 3600;

/** The most attempts that one browser keeps. */
const MOST = 5;

/** The most that they may weigh together in the Cookie header, in bytes. */
const HEAVIEST = 3000;

/** The name that attempts begin with. */
const PREFIX = "login-";

/**
 * The places for attempts. Their number is fixed: tabs that begin at the same moment know nothing of each other's cookies, and without a
 * bound forty of them would fill the Cookie header until every request is refused (431).
 */
const SLOTS: readonly string[] = ["0", "1", "2", "3", "4", "5", "6", "7"].map((slot) => PREFIX + slot);

/** The heavier an attempt, the fewer places it may take: so many bytes, divided by its weight. All places together stay below 12 KB. */
const ROOM = 5000;

/** Marks the state of a login that takes the place of a lost one. */
const RESTART = "r.";

/** One login under way. */
export interface Attempt {
  readonly proofs: Proofs;
  /** Where the person wants to be afterwards: a path of this site. */
  readonly returnTo: string;
  /** When it began, in epoch seconds. */
  readonly startedAt: number;
  /** The authorization parameters of this login, for a restart. */
  readonly params: ReadonlyArray<readonly [string, string]>;
  /** Whether nobody may be asked (`prompt=none`). */
  readonly silent: boolean;
  /** The `max_age` that was asked for, in seconds. */
  readonly maxAge?: number | undefined;
  /** The `acr` values of which one must come back. */
  readonly acr?: readonly string[] | undefined;
}

/** The login attempts of one instance. */
export interface Attempts {
  /** Writes an attempt down, and drops the oldest ones that there is no room for. */
  keep(req: IncomingMessage, res: ServerResponse, attempt: Attempt): void;
  /** The attempt that a state belongs to, in this browser. */
  find(req: IncomingMessage, state: string): Attempt | undefined;
  /** Forgets an attempt. */
  drop(req: IncomingMessage, res: ServerResponse, state: string): void;
}

/** A new state. A restart is marked in the state itself, so that a second loss is noticed even where cookies never arrive. */
export function createState(isRestart: boolean): string {
  return (isRestart ? RESTART : "") + randomText();
}

/** Whether a text has the form of our states. Anything else never was one. */
export function isState(text: string): boolean {
  return /^(r\.)?[\w-]{22}$/.test(text);
}

/** Whether a state belongs to a login that already took the place of a lost one. */
export function isRestarted(state: string): boolean {
  return state.startsWith(RESTART);
}

/** A short name for a state that does not give it away. */
export function attemptId(state: string): string {
  return createHash("sha256").update(state).digest("base64url").slice(0, 10);
}

/** An attempt and its cookie. */
interface Kept {
  readonly name: string;
  readonly weight: number;
  readonly attempt: Attempt | undefined;
}

/** Creates the login attempts of one instance. */
export function createAttempts(settings: Settings, cookies: SealedCookies): Attempts {
  function keptBy(req: IncomingMessage): Kept[] {
    return cookies
      .list(req, PREFIX)
      .map((cookie) => ({ ...cookie, attempt: cookies.get(req, cookie.name) as Attempt | undefined }))
      .sort((a, b) => (b.attempt?.startedAt ?? 0) - (a.attempt?.startedAt ?? 0));
  }

  function keptUnder(req: IncomingMessage, state: string): Kept | undefined {
    return keptBy(req).find(({ attempt }) => attempt?.proofs.state === state);
  }

  return {
    keep(req, res, attempt) {
      const others = keptBy(req);
      // it weighs about as much as its text by 4/3, and a little for names and the seal
      let weight = (JSON.stringify(attempt).length * 4) / 3 + 200;
      const slot = freeSlot(others, weight);
      cookies.set(res, slot, { value: attempt, seconds: REMEMBERED_FOR });
      let count = 1;
      const oldest = settings.now() - REMEMBERED_FOR;
      for (const other of others.filter(({ name }) => name !== slot)) {
        weight += other.weight;
        const isOld = other.attempt === undefined || other.attempt.startedAt < oldest;
        if (++count > MOST || weight > HEAVIEST || isOld) cookies.clear(res, other.name);
      }
    },
    find: (req, state) => keptUnder(req, state)?.attempt,
    drop(req, res, state) {
      const kept = keptUnder(req, state);
      if (kept !== undefined) cookies.clear(res, kept.name);
    },
  };
}

/** A place that this browser does not use, at random; else the one of its oldest attempt. */
function freeSlot(kept: readonly Kept[], weight: number): string {
  const places = SLOTS.slice(0, Math.max(1, Math.floor(ROOM / weight)));
  const free = places.filter((place) => !kept.some(({ name }) => name === place));
  const taken = kept.filter(({ name }) => places.includes(name));
  return free[randomInt(Math.max(1, free.length))] ?? taken.at(-1)?.name ?? PREFIX;
}
