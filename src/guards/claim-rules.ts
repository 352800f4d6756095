/** @module Rules that the claims of a person must meet. */
import type { Claims } from "../options.js";

/** What one claim must be: equal to a text, number or boolean; one of a list; or what a function says. A claim that is a list must contain it. */
export type ClaimRule =
  | string
  | number
  | boolean
  | readonly (string | number | boolean)[]
  | ((value: unknown) => boolean);

/** What claims must be, those of a person or of an access token: by name, or as a whole. */
export type ClaimRules<Subject = Claims> = Readonly<Record<string, ClaimRule>> | ((claims: Subject) => boolean);

/** Whether claims meet the rules. */
export function meets<Subject extends object>(claims: Subject, rules: ClaimRules<Subject>): boolean {
  if (typeof rules === "function") return rules(claims) === true;
  return Object.entries(rules).every(
    ([name, rule]) => Object.hasOwn(claims, name) && fits(Reflect.get(claims, name), rule),
  );
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
