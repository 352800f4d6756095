/**
 * What is wrong with options, as the developer reads it.
 * @module
 */
import { OptionsError } from "../../src/errors.js";
import type { AuthOptions } from "../../src/options.js";
import { readSettings } from "../../src/settings/read-settings.js";
import { rightOptions } from "./settings.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** The problems of exactly these options. Any other error than ours goes through. */
export function problemsOf(options: unknown, env: Environment = {}): readonly string[] {
  return problemsIn(() => readSettings(options as AuthOptions, env));
}

/** The problems that a call complains of. Any other error than ours goes through. */
export function problemsIn(call: () => unknown): readonly string[] {
  try {
    call();
    return [];
  } catch (error) {
    if (error instanceof OptionsError) return error.problems;
    throw error;
  }
}

/** The problems of the smallest right options with others over them. */
export function problemsWith(options: object): readonly string[] {
  return problemsOf({ ...rightOptions, ...options });
}
