/** @module Reads the parameters of token requests. */
import { frozen } from "../provider/frozen.js";
import { isObject, isText } from "../settings/checks.js";
import { Problems } from "../settings/problems.js";
import { textsOf } from "../settings/read-client.js";
import type { WireParams } from "./client.js";

/** A parameter in its wire name, with its value. */
export type Pair = readonly [name: string, value: string];

/** Parameters that say who this client is, which is not for the caller to say. */
const RESERVED: ReadonlySet<string> = new Set([
  "grant_type",
  "client_id",
  "client_secret",
  "client_assertion",
  "client_assertion_type",
]);

/**
 * Parameters as pairs of name and text; a list stands for the parameter several times.
 * @throws {OptionsError} for those that the client itself sets, and for values that can't be sent.
 */
export function pairsOf(of: string, params: WireParams = {}): readonly Pair[] {
  const problems = new Problems();
  if (!isObject(params)) problems.add(of, "must be an object of names and values");
  problems.throwIfAny();
  for (const [name, value] of Object.entries(params)) {
    if (RESERVED.has(name)) problems.add(`${of}.${name}`, "is set by the client itself; leave it out");
    else if (textsOf(value) === undefined)
      problems.add(`${of}.${name}`, "must be a text, a number, a list of texts, or plain JSON");
  }
  problems.throwIfAny();
  return frozen(
    Object.entries(params).flatMap(([name, value]) => (textsOf(value) ?? []).map((text): Pair => [name, text])),
  );
}

/**
 * What a method sends itself, and more parameters beside it. None may come twice (OAuth 2.0 §3.2): each server would read another one of the two.
 * @throws {OptionsError} as {@link pairsOf}
 */
export function withMore(of: string, own: readonly Pair[], params?: WireParams): readonly Pair[] {
  const more = pairsOf(of, params);
  const problems = new Problems();
  for (const name of new Set(own.map(([sent]) => sent))) {
    if (more.some(([added]) => added === name)) problems.add(`${of}.${name}`, "is sent already; leave it out there");
  }
  problems.throwIfAny();
  return [...own, ...more];
}

/** Refuses what is no text, or empty. @throws {OptionsError} that names it, and does not show it. */
export function requireTexts(of: string, texts: Readonly<Record<string, unknown>>): void {
  const problems = new Problems();
  for (const [name, value] of Object.entries(texts)) {
    if (!isText(value)) problems.add(`${of} ${name}`, "must be a text that is not empty");
  }
  problems.throwIfAny();
}
