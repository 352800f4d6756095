/** @module The URL that a request was made for, as its sender knows it, in one spelling for all who write it differently (RFC 3986 §6.2). */
import { type MountedRequest, pathOf, publicPath } from "./mount.js";
import { parsedUrl } from "./parsed-url.js";

/** Where an app is reached from outside. */
export interface Outside {
  readonly origin: string;
  /** The front of every path there, without a slash at its end: what a proxy may have cut off. */
  readonly basePath: string;
  /** Where the app mounted what `basePath` leads to: "" or, say, "/app". */
  readonly mount: string;
}

/** What a path has that programs understand in different ways: dots for steps up, and backslashes. */
const SHIFTY = /\\|\/(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * The URL of a request, comparable, without query and fragment. The Host header has no say: anybody can write what they like into it.
 * @returns undefined for a target that has no such URL.
 */
export function targetUrl(req: MountedRequest, { origin, basePath, mount }: Outside): string | undefined {
  const path = pathOf(req.originalUrl ?? req.url ?? "");
  if (!path.startsWith("/") || SHIFTY.test(path)) return undefined;
  return comparableUrl(origin + publicPath(path, basePath, mount));
}

/**
 * A web address in the spelling that all equal ones share, without query and fragment (RFC 9449 §4.3): scheme and host in lower case, no port that
 * goes without saying, no steps up, percent signs only where they must be, and before capitals.
 *
 * @returns undefined for what is no web address.
 */
export function comparableUrl(text: string): string | undefined {
  const url = parsedUrl(text);
  if (url === undefined) return undefined;
  const { protocol, username, password, origin, pathname } = url;
  if (!/^https?:$/.test(protocol) || username + password !== "") return undefined;
  return origin + pathname.replace(/%[\da-f]{2}/gi, plainIfUnreserved);
}

/** Letters that mean the same with and without percent sign (RFC 3986 §2.3). */
function plainIfUnreserved(encoded: string): string {
  const letter = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
  return /[\w.~-]/.test(letter) ? letter : encoded.toUpperCase();
}
