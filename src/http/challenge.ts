/** @module The header `WWW-Authenticate`: what a caller is told to send (RFC 9110 §11.6.1, RFC 6750 §3). */
import type { Scheme } from "./bearer.js";

/** One challenge. A parameter that is undefined is left out. */
export interface Challenge {
  readonly scheme: Scheme;
  readonly params: Readonly<Record<string, string | undefined>>;
}

/** Writes the header. */
export function challengeHeader(challenges: readonly Challenge[]): string {
  return challenges
    .map(({ scheme, params }) => {
      const parts = Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [part(name, value)]));
      return parts.length > 0 ? `${scheme} ${parts.join(", ")}` : scheme;
    })
    .join(", ");
}

function part(name: string, value: string): string {
  return `${name}="${quotable(value)}"`;
}

const TOKEN = "[!#$%&'*+.^_`|~\\w-]+";
const SCHEME_OR_PARAM = new RegExp(`(${TOKEN})(?:\\s*=\\s*("(?:[^"\\\\]|\\\\.)*"|${TOKEN}))?`, "g");

/** A challenge that somebody else has written. */
export interface ForeignChallenge {
  readonly scheme: string;
  /** By name, in lower case. */
  readonly params: ReadonlyMap<string, string>;
}

/** Reads the header that another server has answered with. What is none is skipped. */
export function readChallenges(header: string): ForeignChallenge[] {
  const challenges: (ForeignChallenge & { readonly params: Map<string, string> })[] = [];
  for (const [, name = "", value] of header.matchAll(SCHEME_OR_PARAM)) {
    if (value === undefined) challenges.push({ scheme: name, params: new Map() });
    else challenges.at(-1)?.params.set(name.toLowerCase(), unquoted(value));
  }
  return challenges;
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
}

/** Whether a text may stand in a challenge as it is: the letters that RFC 6750 §3 allows everywhere. */
export function isQuotable(text: string): boolean {
  return quotable(text) === text;
}

function quotable(text: string): string {
  return text.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "?");
}
