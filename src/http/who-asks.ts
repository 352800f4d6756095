/** @module Who is asking: a person opening a page, a script, a prefetch, this site or another. */
import type { IncomingMessage } from "node:http";
import { parsedUrl } from "./parsed-url.js";

/** One value of a header, if it was sent. */
export function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Whether a browser asks ahead of its user (link prefetch, speculation rules, prerender). */
function isPrefetch(req: IncomingMessage): boolean {
  const purpose = header(req, "sec-purpose") ?? header(req, "purpose") ?? header(req, "x-moz") ?? "";
  return /prefetch|prerender|preview/i.test(purpose);
}

/**
 * Whether this may be a person's own top-level visit: no prefetch, no frame, no script. Without Fetch Metadata
 * (old browsers, plain-http sites, command lines) it is one unless it says that it is a script's.
 */
export function isTopLevelVisit(req: IncomingMessage): boolean {
  if (isPrefetch(req)) return false;
  const mode = header(req, "sec-fetch-mode");
  const destination = header(req, "sec-fetch-dest");
  if (mode !== undefined || destination !== undefined) {
    return (mode ?? "navigate") === "navigate" && (destination ?? "document") === "document";
  }
  return header(req, "x-requested-with")?.toLowerCase() !== "xmlhttprequest" && header(req, "upgrade") === undefined;
}

/**
 * Whether this may be a frame of somebody's page. Without Fetch Metadata it may be; a browser that tells only that another site is
 * behind it leaves open whether it was a link there.
 */
export function mayBeFrame(req: IncomingMessage): boolean {
  const destination = header(req, "sec-fetch-dest");
  if (destination !== undefined) return destination === "iframe" || destination === "frame";
  return header(req, "sec-fetch-site") !== "cross-site";
}

/**
 * Whether the answer should be a page. `Accept` alone can't tell (a script's fetch sends the same `*` types as a command line),
 * so Fetch Metadata decides first.
 */
export function wantsPage(req: IncomingMessage): boolean {
  if (!isTopLevelVisit(req) || req.method === "HEAD") return false;
  if (header(req, "sec-fetch-mode") === "navigate") return true;
  return /text\/html|application\/xhtml\+xml/i.test(header(req, "accept") ?? "");
}

/**
 * Whether a request was made by this site's own pages or typed by the user.
 * @returns false also where nothing shows it: then ask the user.
 */
export function isFromThisSite(req: IncomingMessage, origin: string): boolean {
  const site = header(req, "sec-fetch-site");
  if (site !== undefined) return site === "same-origin" || site === "none";
  const source = header(req, "origin") ?? header(req, "referer");
  return source !== undefined && parsedUrl(source)?.origin === origin;
}

/** Whether this is a CORS preflight, which carries no cookies and must pass every guard (Fetch §3.2.2). */
export function isPreflight(req: IncomingMessage): boolean {
  return (
    req.method === "OPTIONS" &&
    req.headers.origin !== undefined &&
    req.headers["access-control-request-method"] !== undefined
  );
}

/** Whether the client's connection is TLS, as far as this server can know it. */
export function isTls(req: IncomingMessage): boolean {
  return "encrypted" in req.socket && req.socket.encrypted === true;
}

/** What the nearest proxy says of the client's scheme. Only a hint: anybody can send the header. */
export function forwardedProto(req: IncomingMessage): string | undefined {
  return header(req, "x-forwarded-proto")?.split(",")[0]?.trim().toLowerCase();
}
