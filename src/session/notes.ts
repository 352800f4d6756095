/** @module The names of the short notes that a browser carries for us. */

/** A login that has just landed: lets us see that its session got lost. */
export const LANDED = "landed";
export const LANDED_LIFE = 30;

/** What the note of a landed login holds. */
export interface Landed {
  readonly handle: string;
  /** How many have landed in this browser one soon after the other. */
  readonly count: number;
}

/** Reads the note of a landed login. */
export function readLanded(value: unknown): Landed | undefined {
  return typeof value === "object" && value !== null && "handle" in value && "count" in value
    ? (value as Landed)
    : undefined;
}

/** Nobody could be logged in silently a moment ago. */
export const SILENT = "silent";
export const SILENT_LIFE = 60;

/** The logout under way at the provider: its state, and where to go afterwards. */
export const LOGOUT = "logout";
export const LOGOUT_LIFE = 600;
