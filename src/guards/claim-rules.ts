/** @module Rules that the claims of a person must meet. */
import type { Claims } from "../options.js";

/** What one claim must be: equal to a text, number or boolean; one of a list; or what a function says. A claim that is a list must contain it. */
export type ClaimRule =
  | string
  | number
  | boolean
  | readonly (string | number | boolean)[]
  | ((value: unknown) => boolean);

/** What the claims of a person must be: by name, or as a whole. */
export type ClaimRules = Readonly<Record<string, ClaimRule>> | ((claims: Claims) => boolean);

/** Whether a person meets the rules. */
export function meets(claims: Claims, rules: ClaimRules): boolean {
  if (typeof rules === "function") return rules(claims) === true;
  return Object.entries(rules).every(([name, rule]) => Object.hasOwn(claims, name) && fits(claims[name], rule));
}

function fits(value: unknown, rule: ClaimRule): boolean {
  if (typeof rule === "function") return rule(value) === true;
  const wanted: readonly unknown[] = Array.isArray(rule) ? rule : [rule];
  const present: readonly unknown[] = Array.isArray(value) ? value : [value];
  return present.some((one) => wanted.includes(one));
}

/** Whether a value can be a rule. What can't, such as a variable that is missing, would keep everybody out without a word; an empty list does so knowingly. */
export function isClaimRule(value: unknown): boolean {
  const isPlain = (one: unknown) => ["string", "number", "boolean"].includes(typeof one);
  return isPlain(value) || typeof value === "function" || (Array.isArray(value) && value.every(isPlain));
}
