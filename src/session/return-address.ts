/** @module Where a person is, and where they may be sent back to. */
import { publicPath } from "../http/mount.js";
import { readReturnTo } from "../http/return-to.js";
import type { Settings } from "../settings/settings.js";
import type { Visit } from "./visit.js";

/** The page that people go to when no other is known. */
export function homeOf(settings: Settings): string {
  return `${settings.basePath}/`;
}

/** A path of this site that came from outside, unless it leads to one of our own routes, where it would go round in circles. */
export function safeReturnTo(settings: Settings, value: unknown): string | undefined {
  const path = readReturnTo(value, settings.origin);
  if (path === undefined) return undefined;
  const { pathname } = new URL(path, settings.origin);
  const isOurs = Object.values(settings.routes).some(
    (route: string | undefined) =>
      route !== undefined && pathname.endsWith(route) && isBase(pathname.slice(0, -route.length), settings.basePath),
  );
  return isOurs ? undefined : path;
}

/**
 * Whether our routes are found below a path: behind a proxy that strips the path of `baseUrl` without it, behind one that keeps it with it,
 * before the mount and after it. Express and Connect find mounts in whatever letters.
 */
function isBase(path: string, basePath: string): boolean {
  return ["", basePath, basePath + basePath].some((base) => base.toLowerCase() === path.toLowerCase());
}

/** Where to come back to: the page that is being asked for; for a form POST, which can't be asked for again, the page it came from. */
export function returnAddressOf({ instance: { settings }, req, mount }: Visit): string {
  const isPage = req.method === "GET" || req.method === "HEAD";
  const address = isPage
    ? publicPath(req.originalUrl ?? req.url ?? "/", settings.basePath, mount)
    : req.headers.referer;
  return safeReturnTo(settings, address) ?? homeOf(settings);
}

/** The address that starts a login; undefined when that route is off. */
export function loginUrlOf(
  settings: Settings,
  returnTo: string | undefined,
  params: Readonly<Record<string, string>> = {},
): string | undefined {
  if (settings.routes.login === undefined) return undefined;
  const query = new URLSearchParams({ ...(returnTo !== undefined && { returnTo }), ...params }).toString();
  return settings.baseUrl + settings.routes.login + (query === "" ? "" : `?${query}`);
}
