/** @module Where to go afterwards: only ever a path of this site. */
import { parsedUrl } from "./parsed-url.js";

/** Longer ones are not kept: they would fill the login attempt's cookie. */
const LONGEST = 1500;

/**
 * Reads a return address that came from outside.
 *
 * The WHATWG URL parser judges, as browsers use it: it removes tabs and line breaks and reads `\` as `/`, so that no list
 * of forbidden prefixes is complete. What leaves here is the parser's own spelling, never the text that came in.
 *
 * @param value - a path, or an absolute URL of this site.
 * @param origin - this site's origin.
 * @returns path, query and fragment; undefined when the value leads anywhere else or is no address.
 */
export function readReturnTo(value: unknown, origin: string): string | undefined {
  if (typeof value !== "string" || value === "" || value.length > LONGEST) return undefined;
  const url = parsedUrl(value, origin);
  if (url === undefined) return undefined;
  const path = url.pathname + url.search + url.hash;
  // "/.//evil.example" parses to the path "//evil.example", which as a Location would be another site;
  // "blob:https://this.site/" has this site's origin and no path at all
  if (url.origin !== origin || !/^\/(?!\/)/.test(path) || path.length > LONGEST) return undefined;
  return path;
}
