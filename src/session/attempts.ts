/** @module Login attempts: each in a cookie of its own, named after its state, so that several tabs can log in at once. */
import { createHash, randomInt } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { boundProofsFrom, type Proofs, proofsFrom, randomText } from "../provider/authorize.js";
import { isPosted } from "../settings/read-response.js";
import type { Settings } from "../settings/settings.js";
import type { SealedCookies } from "./sealed-cookies.js";

/** How long a person may take at the provider, in seconds. */
export const ATTEMPT_LIFE = 600;

/** How long an attempt is remembered, so that somebody who was too slow still comes to the page that was wanted. Seconds. */
const REMEMBERED_FOR = 1800;

/** The most attempts that one browser keeps. */
const MOST = 5;

/** The most that they may weigh together in the Cookie header, in bytes. */
const HEAVIEST = 3000;

/** The most that a restart is told of a login's parameters, in characters. */
const LONGEST_PARAMS = 600;

/** The name that attempts begin with. */
const PREFIX = "login-";

/** The form of an attempt's name: after its state, or one of the few places for heavy ones. */
const NAME = /^login-([\w-]{10}|h\d)$/;

/** The heaviest attempt that has a cookie named after its state, in bytes: forty of them fit into one Cookie header. */
const LIGHT = 340;

/**
 * The room for heavier ones, with long addresses, in bytes. They share a few places, the fewer the heavier they are: tabs that begin at the
 * same moment know nothing of each other's cookies, and beyond 16 KB Node refuses every request of that browser (431).
 */
const HEAVY_ROOM = 5000;

/** The most cookies that one answer takes away: the headers of an answer have their limits too. */
const MOST_CLEARED = 20;

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

/** An attempt as its cookie holds it, as short as can be. */
interface Packed {
  /** The verifier, which the other proofs follow from. */
  readonly v?: string;
  /** The seed in its place, where tokens will be bound to a key. */
  readonly k?: string;
  /** Whether it is a restart. */
  readonly r?: 1;
  readonly to: string;
  readonly at: number;
  readonly p?: Attempt["params"];
  readonly s?: 1;
  readonly m?: number;
  readonly a?: readonly string[];
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

/** Fresh proofs. A restart is marked in the state itself, so that a second loss is noticed even where cookies never arrive. */
export function createProofs(isRestart: boolean, { dpopAlgs }: Pick<Settings, "dpopAlgs">): Proofs {
  const from = dpopAlgs === undefined ? proofsFrom : boundProofsFrom;
  return from(randomText(32), isRestart ? RESTART : "");
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

function pack({ proofs, returnTo, startedAt, params, silent, maxAge, acr }: Attempt): Packed {
  return {
    ...(proofs.seed === undefined ? { v: proofs.verifier } : { k: proofs.seed }),
    to: returnTo,
    at: startedAt,
    ...(isRestarted(proofs.state) && { r: 1 }),
    // a login that was lost can do without them, a cookie of more than 4 KB would not be kept at all
    ...(params.length > 0 && JSON.stringify(params).length <= LONGEST_PARAMS && { p: params }),
    ...(silent && { s: 1 }),
    ...(maxAge !== undefined && { m: maxAge }),
    ...(acr !== undefined && { a: acr }),
  };
}

function unpack({ v = "", k, r, to, at, p, s, m, a }: Packed): Attempt {
  const mark = r === 1 ? RESTART : "";
  return {
    proofs: k === undefined ? proofsFrom(v, mark) : boundProofsFrom(k, mark),
    returnTo: to,
    startedAt: at,
    params: p ?? [],
    silent: s === 1,
    maxAge: m,
    acr: a,
  };
}

/** An attempt of a browser, and its cookie. */
interface Kept {
  readonly name: string;
  readonly weight: number;
  readonly packed: Packed | undefined;
}

/** Creates the login attempts of one instance. */
export function createAttempts(settings: Settings, cookies: SealedCookies): Attempts {
  function newestFirst(req: IncomingMessage): Kept[] {
    return (
      cookies
        .list(req, NAME)
        .map(({ name, weight, value }) => ({ name, weight, packed: value as Packed | undefined }))
        // browsers send older cookies first, which decides within one second
        .reverse()
        .sort((a, b) => (b.packed?.at ?? 0) - (a.packed?.at ?? 0))
    );
  }

  function keptUnder(req: IncomingMessage, state: string): { name: string; attempt: Attempt } | undefined {
    for (const { name, packed } of newestFirst(req)) {
      const attempt = packed && unpack(packed);
      if (attempt?.proofs.state === state) return { name, attempt };
    }
    return undefined;
  }

  return {
    keep(req, res, attempt) {
      const value = pack(attempt);
      const others = newestFirst(req);
      // it weighs about as much as its text by 4/3, and a little for names and the seal
      let weight = (JSON.stringify(value).length * 4) / 3 + 200;
      const name = weight <= LIGHT ? PREFIX + attemptId(attempt.proofs.state) : heavyPlace(others, weight);
      cookies.set(res, name, { value, seconds: REMEMBERED_FOR, isCrossSite: isPosted(settings.responseMode) });
      let count = 1;
      const oldest = settings.now() - REMEMBERED_FOR;
      const excess = others.filter((other) => {
        weight += other.weight;
        return ++count > MOST || weight > HEAVIEST || (other.packed?.at ?? 0) < oldest;
      });
      for (const other of excess.filter((one) => one.name !== name).slice(-MOST_CLEARED))
        cookies.clear(res, other.name);
    },
    find: (req, state) => keptUnder(req, state)?.attempt,
    drop(req, res, state) {
      const kept = keptUnder(req, state);
      if (kept !== undefined) cookies.clear(res, kept.name);
    },
  };
}

/** A place that this browser does not use, at random; else the one of its oldest heavy attempt. */
function heavyPlace(kept: readonly Kept[], weight: number): string {
  const count = Math.min(10, Math.max(1, Math.floor(HEAVY_ROOM / weight)));
  const places = Array.from({ length: count }, (_, place) => `${PREFIX}h${place}`);
  const free = places.filter((place) => !kept.some(({ name }) => name === place));
  const oldest = kept.findLast(({ name }) => places.includes(name))?.name;
  return free[randomInt(Math.max(1, free.length))] ?? oldest ?? `${PREFIX}h0`;
}
