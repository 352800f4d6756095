/** @module A login as it is kept: what stands in the clear, and what is sealed. */
import { createHash } from "node:crypto";
import type { Claims } from "../options.js";
import { frozen } from "../provider/frozen.js";
import { type AccessGrant, personOf, type Tokens } from "../provider/tokens.js";
import { pack, unpack } from "./packing.js";
import type { Sealer } from "./sealing.js";

/** The version of what is written. A reader knows the one before too, and leaves unknown ones alone. */
const VERSION = 1;

/** An access token of a login for something else than its own: for other APIs, or with less scope. */
export interface OtherToken extends AccessGrant {
  /** What it is for: the key of its target. */
  readonly key: string;
}

/** One login, opened. Frozen, for it is shared by the requests that use it. */
export interface Login {
  /** Its name in the session store: random, never used twice. */
  readonly handle: string;
  /** When it began, in epoch seconds. */
  readonly startedAt: number;
  /** When the provider issued its first ID token, by the provider's clock, in epoch seconds. */
  readonly issuedAt: number;
  /** When its code was sent to the provider, by our clock, in epoch milliseconds. */
  readonly redeemedAtMs: number;
  /** When it ends, used or not, in epoch seconds. */
  readonly endsAt: number;
  readonly tokens: Tokens;
  /** Its other access tokens, the one that was issued longest ago first. Absent in records of before there were any. */
  readonly others?: readonly OtherToken[];
  /** The person. */
  readonly user: Claims;
  /** What userinfo said at login, where it was asked. */
  readonly userinfo: Readonly<Record<string, unknown>> | undefined;
  /** What `onLogin` returned to be kept. */
  readonly data: Readonly<Record<string, unknown>> | undefined;
  /** The attempt that it came from, so that a reloaded callback finds its way. */
  readonly attempt: { readonly id: string; readonly returnTo: string };
}

/** A login as the session store holds it. */
export interface StoredLogin {
  readonly v: number;
  readonly startedAt: number;
  readonly issuedAt: number;
  readonly redeemedAtMs: number;
  readonly endsAt: number;
  /** When it was used last, as far as this record knows, in epoch seconds. */
  readonly usedAt: number;
  /** A hash of `iss` and `sub`, and one of `iss` and `sid`, for logouts that name no handle. */
  readonly person: string;
  readonly providerSession: string | undefined;
  /** Everything else. */
  readonly sealed: string;
}

/** Where a login lies in the session store. */
export function recordId(handle: string): string {
  return `oidc-${handle}`;
}

/** Names a person, or a session of theirs at the provider, without giving them away. */
export function hashOf(issuer: string, name: string): string {
  return hashed([issuer, name]);
}

function hashed(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);
}

/** What of a record stands in the clear and counts. */
export const BOUND = ["startedAt", "issuedAt", "redeemedAtMs", "endsAt", "person", "providerSession"] as const;

type Clear = Pick<StoredLogin, (typeof BOUND)[number]>;

/**
 * What a seal is bound to: the name of the record, and what stands in the clear. Whoever changes that, or puts the seal into another record, has
 * one that does not open.
 */
function bond(handle: string, clear: Clear): string {
  return hashed([handle, ...BOUND.map((name) => clear[name])]);
}

/** Seals a login into its record. Beside it stands the login as it will be read from there, frozen. */
export function sealLogin(login: Login, sealer: Sealer, usedAt: number): { stored: StoredLogin; login: Login } {
  const { handle, user: _derived, startedAt, issuedAt, redeemedAtMs, endsAt, ...rest } = login;
  const { claims, ...tokens } = login.tokens;
  const { iss, sub, sid } = claims;
  const kept = { ...rest, tokens: saysAll(tokens.idToken, claims) ? tokens : login.tokens };
  const text = JSON.stringify(kept);
  const clear: Clear = {
    startedAt,
    issuedAt,
    redeemedAtMs,
    endsAt,
    person: hashOf(iss, sub),
    providerSession: typeof sid === "string" ? hashOf(iss, sid) : undefined,
  };
  const sealed = sealer.seal(bond(handle, clear), pack(text));
  return { stored: { v: VERSION, ...clear, usedAt, sealed }, login: loginFrom(handle, clear, text) };
}

/** Opens a record. Undefined when its secret has left the list, when it is another login's, or when somebody has changed it. */
export function openLogin(handle: string, stored: StoredLogin, sealer: Sealer): Login | undefined {
  const packed = sealer.openBytes(bond(handle, stored), stored.sealed);
  return packed && loginFrom(handle, stored, unpack(packed));
}

function loginFrom(handle: string, { startedAt, issuedAt, redeemedAtMs, endsAt }: Clear, text: string): Login {
  const { tokens, ...rest } = JSON.parse(text) as Kept;
  const claims = tokens.claims ?? (JSON.parse(payloadOf(tokens.idToken)) as Claims);
  const times = { startedAt, issuedAt, redeemedAtMs, endsAt };
  return frozen(createLogin({ ...rest, ...times, tokens: { ...tokens, claims }, handle }));
}

/** What is sealed. The claims are left out where the ID token, sealed beside them, says the same. */
type Kept = Omit<Login, "handle" | "user" | "tokens" | "startedAt" | "issuedAt" | "redeemedAtMs" | "endsAt"> & {
  readonly tokens: Omit<Tokens, "claims"> & { readonly claims?: Claims };
};

/** Byte by byte, so that what is read from it later is the same in every respect. */
function saysAll(idToken: string | undefined, claims: Claims): boolean {
  return payloadOf(idToken) === JSON.stringify(claims);
}

function payloadOf(idToken = ""): string {
  return Buffer.from(idToken.split(".")[1] ?? "", "base64url").toString("utf8");
}

/** Completes a login with who the person is. */
export function createLogin(parts: Omit<Login, "user">): Login {
  return { ...parts, user: personOf(parts.tokens.claims, parts.userinfo) };
}

/** Reads what a session store gave for a record. Undefined for anything that is no record of a version known here. */
export function readStored(entry: unknown): StoredLogin | undefined {
  const stored = typeof entry === "object" && entry !== null && "oidc" in entry ? entry.oidc : undefined;
  return isStored(stored) ? stored : undefined;
}

function isStored(stored: unknown): stored is StoredLogin {
  if (typeof stored !== "object" || stored === null) return false;
  const fields = stored as Readonly<Record<string, unknown>>;
  const numbers = [fields["startedAt"], fields["issuedAt"], fields["endsAt"], fields["usedAt"]];
  return (
    fields["v"] === VERSION &&
    typeof fields["sealed"] === "string" &&
    typeof fields["person"] === "string" &&
    numbers.every((number) => typeof number === "number")
  );
}
