/**
 * What browsers tell a server about how a request came about: Sec-Fetch-*, Origin, Referer (Fetch standard and Fetch Metadata).
 * @module
 */
import type { Answer } from "./answer.js";
import { isLoopback, isSameSite } from "./cookies.js";

/** One request of a chain of redirects. */
export interface Step {
  readonly method: string;
  readonly url: URL;
  readonly body?: string | URLSearchParams | undefined;
}

/** Who asks, and how. Redirects on the way do not change it. */
export interface Manner {
  readonly mode: "navigate" | "cors";
  /** The page that the request comes from; none when its address was typed. */
  readonly from: Answer | undefined;
  /** A person did it, not the page by itself. */
  readonly byHand: boolean;
}

/** The headers of a request, after `visited`: the chain of redirects up to it, itself included. */
export function mannerHeaders(step: Step, visited: readonly URL[], manner: Manner): Record<string, string> {
  const isNavigation = manner.mode === "navigate";
  const accept = isNavigation ? "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" : "*/*";
  const headers: Record<string, string> = {
    accept,
    "user-agent": "express-oidc-demo",
    ...originHeaders(step, visited, manner),
  };
  // Browsers say how a request came about only to hosts that they trust.
  if (step.url.protocol !== "https:" && !isLoopback(step.url)) return headers;
  headers["sec-fetch-site"] = siteWord(visited, manner);
  headers["sec-fetch-mode"] = manner.mode;
  headers["sec-fetch-dest"] = isNavigation ? "document" : "empty";
  if (isNavigation && manner.byHand) headers["sec-fetch-user"] = "?1";
  return headers;
}

/** Sec-Fetch-Site: the farthest that the chain of redirects has been from the page it started at. */
function siteWord(visited: readonly URL[], { mode, from }: Manner): string {
  if (from === undefined) return mode === "navigate" ? "none" : "same-origin";
  if (visited.every(({ origin }) => origin === from.url.origin)) return "same-origin";
  return visited.every((url) => isSameSite(url, from.url)) ? "same-site" : "cross-site";
}

function originHeaders(step: Step, visited: readonly URL[], { mode, from }: Manner): Record<string, string> {
  if (from === undefined) return {};
  const policy = from.headers.get("referrer-policy") ?? "strict-origin-when-cross-origin";
  const isSameOrigin = from.url.origin === step.url.origin;
  const isHidden = policy === "no-referrer" || (policy === "same-origin" && !isSameOrigin);
  const headers: Record<string, string> = {};
  if (!isHidden) headers["referer"] = isSameOrigin && policy !== "origin" ? from.url.href : `${from.url.origin}/`;
  // A page with `no-referrer` (helmet's default) sends `Origin: null` with its forms, even to its own site.
  const isNull = isTainted(visited, from.url) || (isHidden && mode === "navigate");
  const isRead = step.method === "GET" || step.method === "HEAD";
  if (!isRead || (mode === "cors" && !isSameOrigin)) headers["origin"] = isNull ? "null" : from.url.origin;
  return headers;
}

/** A foreign origin has redirected to yet another one: nobody vouches for the origin any more (Fetch standard). */
function isTainted(visited: readonly URL[], from: URL): boolean {
  return visited.some((url, i) => {
    const before = visited[i - 1]?.origin ?? from.origin;
    return before !== from.origin && before !== url.origin;
  });
}
