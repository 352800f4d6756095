/** @module Checks what the guards alike may demand. */
import { isObject } from "../settings/checks.js";
import type { Problems } from "../settings/problems.js";
import { isClaimRule } from "./claim-rules.js";

/** Rules for claims. */
export function checkClaims(problems: Problems, path: string, rules: unknown): void {
  if (isObject(rules)) {
    for (const name of Object.keys(rules).filter((key) => !isClaimRule(rules[key]))) {
      problems.add(`${path}.${name}`, "must be a text, a number, true, false, a list of these, or a function");
    }
  } else if (rules !== undefined && typeof rules !== "function") {
    problems.add(path, "must be an object of claim names and rules, or a function of all claims");
  }
}

/** The age of an authentication. */
export function checkMaxAge(problems: Problems, path: string, maxAge: unknown): void {
  if (maxAge !== undefined && !(typeof maxAge === "number" && Number.isInteger(maxAge) && maxAge >= 0)) {
    problems.add(path, "must be a whole number of seconds, 0 or more");
  }
}

/** Words, space-separated or as a list; undefined when there are none. */
export function words(problems: Problems, path: string, value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const list: unknown = typeof value === "string" ? value.split(" ") : value;
  if (Array.isArray(list) && list.length > 0 && list.every((word) => typeof word === "string" && word !== "")) {
    return list as string[];
  }
  problems.add(path, "must be a text or a list of texts");
  return [];
}
