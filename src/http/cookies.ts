/** @module Reading and setting cookies with node:http means. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { parse, type SerializeOptions, serialize } from "cookie";

/** The cookies of a request by name. */
export function cookiesOf(req: IncomingMessage): Readonly<Record<string, string | undefined>> {
  return req.headers.cookie === undefined ? {} : parse(req.headers.cookie);
}

/** Adds a cookie to the answer; too late for an answer that has begun. */
export function setCookie(res: ServerResponse, cookie: { name: string; value: string } & SerializeOptions): void {
  if (res.headersSent) return;
  const { name, value, ...attributes } = cookie;
  res.appendHeader("Set-Cookie", serialize(name, value, attributes));
}
