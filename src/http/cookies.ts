/** @module Reading and setting cookies with node:http means. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { parse, type SerializeOptions, serialize } from "cookie";

/** The cookies of a request by name. */
export function cookiesOf(req: IncomingMessage): Readonly<Record<string, string | undefined>> {
  return req.headers.cookie === undefined ? {} : parse(req.headers.cookie);
}

/** A cookie to set. */
export type NewCookie = { readonly name: string; readonly value: string } & SerializeOptions;

/** Adds a cookie to the answer; too late for an answer that has begun. */
export function setCookie(res: ServerResponse, cookie: NewCookie): void {
  if (res.headersSent) return;
  const { name, value, ...attributes } = cookie;
  res.appendHeader("Set-Cookie", serialize(name, value, attributes));
}

/** The same, in place of what the answer has said of that cookie so far: an answer should set each one once (RFC 6265 §4.1.1). */
export function replaceCookie(res: ServerResponse, cookie: NewCookie): void {
  if (res.headersSent) return;
  const before = [res.getHeader("Set-Cookie") ?? []].flat().map(String);
  const others = before.filter((line) => !line.startsWith(`${cookie.name}=`));
  if (others.length < before.length) res.setHeader("Set-Cookie", others);
  setCookie(res, cookie);
}
