/** @module Scopes with wildcards, as GenAuth writes them. */

/**
 * Whether a granted scope covers a needed one, part by part between colons: `*` in a granted scope covers one part, at its end all that follow.
 * `book:*:read` covers `book:42:read`; `book:*` covers `book:42:read` too. A needed scope is taken by the letter.
 *
 * @example requireBearer({ scope: "book:42:read", scopeMatches: wildcardScope })
 */
export function wildcardScope(granted: string, needed: string): boolean {
  const have = granted.split(":");
  const want = needed.split(":");
  const isOpen = have.at(-1) === "*";
  if (isOpen ? want.length < have.length : want.length !== have.length) return false;
  return have.every((part, at) => part === "*" || part === want[at]);
}
