/** @module Refuses what is no object of options, where a method of ours takes one. */
import { OptionsError } from "../errors.js";
import { isObject } from "./checks.js";

/**
 * @param of - what takes it, for messages.
 * @throws {OptionsError}
 */
export function requireObject(of: string, value: unknown): void {
  if (!isObject(value)) throw new OptionsError([`${of}: takes its options as one object`]);
}
