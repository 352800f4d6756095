/** @module Reads what an access token is asked for: which APIs, which scope. */
import { isText } from "./checks.js";
import { Problems } from "./problems.js";
import { requireObject } from "./require-object.js";

/** What an access token is for. */
export interface TokenTargetOptions {
  /** The API that it is for, or several, by the URIs that the provider knows them by: absolute, without fragment (RFC 8707 §2). */
  readonly resource?: string | readonly string[] | undefined;
  /** The scope that it has, space-separated. With a login: not more than was granted there. */
  readonly scope?: string | undefined;
}

/** The same, checked. */
export interface TokenTarget {
  /** Tells it apart from every other one, however it was written. */
  readonly key: string;
  readonly scope: string | undefined;
  /** In wire names. */
  readonly params: ReadonlyArray<readonly [string, string]>;
}

/**
 * Checks for what a token is asked for.
 *
 * @param of - what asks, for messages.
 * @returns undefined when for nothing in particular.
 * @throws {OptionsError}
 */
export function readTarget(of: string, options: TokenTargetOptions): TokenTarget | undefined {
  requireObject(of, options);
  const { resource, scope } = options;
  const problems = new Problems();
  const resources = readResources(problems, `${of} resource`, resource);
  const words = readWords(problems, `${of} scope`, scope);
  problems.throwIfAny();
  if (words === undefined && resources.length === 0) return undefined;
  const joined = words?.join(" ");
  return {
    key: JSON.stringify([[...(words ?? [])].sort(), [...resources].sort()]),
    scope: joined,
    params: [
      ...(joined === undefined ? [] : [["scope", joined] as const]),
      ...resources.map((uri) => ["resource", uri] as const),
    ],
  };
}

function readResources(problems: Problems, path: string, value: unknown): readonly string[] {
  if (value === undefined) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const good = list.filter(isAbsoluteUri);
  if (list.length === 0 || good.length < list.length)
    problems.add(path, "must be an absolute URI without fragment, such as https://api.example.com, or a list of them");
  return [...new Set(good)];
}

function isAbsoluteUri(value: unknown): value is string {
  return isText(value) && /^[a-z][a-z\d+.-]*:[^\s#]+$/i.test(value);
}

function readWords(problems: Problems, path: string, value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const words = typeof value === "string" ? value.split(" ").filter((word) => word !== "") : [];
  if (words.length === 0) problems.add(path, "must be a text, with spaces between its words");
  return [...new Set(words)];
}
