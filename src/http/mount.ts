/** @module Where the app mounted us, and what its URLs look like from outside. */
import type { IncomingMessage } from "node:http";

/** A request's URL as Express and Connect hand it on: `url` loses the mount, `originalUrl` keeps it. */
export type MountedRequest = IncomingMessage & { originalUrl?: string };

/** The parts of a request's URL. */
export interface Place {
  /** The path below the mount, as routes see it. */
  readonly path: string;
  /** The raw query, without `?`. Read from the URL because Express 4 and 5 parse queries differently and Connect does not. */
  readonly query: string;
  /** Where the app mounted us: "" or, say, "/app". */
  readonly mount: string;
}

/** The path of a request's URL, as it was sent. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

function queryBehind(path: string, url: string): string {
  if (path.length === url.length) return "";
  return url.slice(path.length + 1).split("#", 1)[0] ?? "";
}

/** Splits a request's URL into mount, path and query. */
export function placeOf(req: MountedRequest): Place {
  const url = req.url ?? "/";
  const path = pathOf(url);
  const query = queryBehind(path, url);
  // asked on every request, and mostly without a mount
  if (req.originalUrl === undefined || req.originalUrl === url) return { path, query, mount: "" };
  const original = pathOf(req.originalUrl);
  if (original.endsWith(path)) return { path, query, mount: original.slice(0, original.length - path.length) };
  // mounted at "/app" and asked for "/app": what is left is "/"
  return { path, query, mount: path === "/" ? original : "" };
}

/** The path of a request as it reached this process, wherever the app mounted who asks, and its raw query without `?`. */
export function originalPlace(req: MountedRequest): Pick<Place, "path" | "query"> {
  const url = req.originalUrl ?? req.url ?? "/";
  const path = pathOf(url);
  return { path, query: queryBehind(path, url) };
}

/** Whether a base path ends with a mount, in whatever letters: Express and Connect match paths without regard to case. */
export function endsWithPath(basePath: string, mount: string): boolean {
  return basePath.toLowerCase().endsWith(mount.toLowerCase());
}

/**
 * The path that the browser shows for a request. A proxy may have cut the front of it off; then `basePath` puts it back.
 *
 * @param original - the URL as it reached this process.
 * @param basePath - the path of `baseUrl`, without a slash at its end.
 * @param mount - where the app mounted us.
 */
export function publicPath(original: string, basePath: string, mount: string): string {
  const cut = endsWithPath(basePath, mount) ? basePath.slice(0, basePath.length - mount.length) : basePath;
  const kept = mount === "" && (pathOf(original) === cut || original.startsWith(`${cut}/`));
  return kept || cut === "" ? original : cut + original;
}
