/** @module The vocabulary that options are checked with. Each check notes its problem and returns a value that is safe to go on with. */
import { parsedUrl } from "../http/parsed-url.js";
import type { Problems } from "./problems.js";

/** A number within a range; the default when absent. */
export function numberIn(
  problems: Problems,
  at: { path: string; value: unknown; default: number; from: number; to: number },
): number {
  if (at.value === undefined) return at.default;
  if (typeof at.value === "number" && at.value >= at.from && at.value <= at.to) return at.value;
  problems.add(at.path, `must be a number of seconds from ${at.from} to ${at.to}; the default is ${at.default}`);
  return at.default;
}

/** A value of one kind; the default when absent. `remedy` says what to write. */
export function typed<Value>(
  problems: Problems,
  at: { path: string; value: Value | undefined; default: Value; is: (value: unknown) => boolean; remedy: string },
): Value {
  if (at.value === undefined) return at.default;
  if (at.is(at.value)) return at.value;
  problems.add(at.path, at.remedy);
  return at.default;
}

/** An object with known members only; empty when absent. */
export function group<Options extends object>(
  problems: Problems,
  at: { path: string; value: Options | undefined; known: readonly (keyof Options & string)[] },
): Options | Record<string, never> {
  if (at.value === undefined) return {};
  if (!isObject(at.value)) {
    problems.add(at.path, `must be an object with ${at.known.join(", ")}`);
    return {};
  }
  problems.unknownNames(`${at.path}.`, at.value, at.known);
  return at.value;
}

/** Whether a value is an object with members, and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const isBoolean = (value: unknown): boolean => typeof value === "boolean";
export const isFunction = (value: unknown): boolean => typeof value === "function";
export const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** Whether a value has the verbs of shared state. */
export function isState(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return ["get", "set", "add", "remove"].every((name) => typeof Reflect.get(value, name) === "function");
}

/** Whether a host is this machine, where http needs no TLS (RFC 8252 §7.3). */
function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}

/** Whether a text is an address that a browser can be sent to. */
export function isWebUrl(text: string): boolean {
  return /^https?:$/.test(parsedUrl(text)?.protocol ?? "");
}

/** A web address; http only on this machine or when allowed. Undefined when it can't be used. */
export function webUrl(
  problems: Problems,
  at: { path: string; value: unknown; insecureHttp: boolean; mayHaveQuery?: boolean },
): URL | undefined {
  const url = typeof at.value === "string" ? parsedUrl(at.value) : undefined;
  if (url === undefined) {
    problems.add(at.path, "must be an absolute URL, such as https://shop.example");
    return undefined;
  }
  const isProtected = url.protocol === "https:" || at.insecureHttp || isLoopback(url.hostname);
  if (!/^https?:$/.test(url.protocol)) {
    problems.add(at.path, "must be an absolute https URL, such as https://shop.example");
    return undefined;
  }
  if (!isProtected) {
    problems.add(
      at.path,
      "must be https: over http everybody between can read the tokens; only localhost may be http (`insecureHttp: true` allows it all the same)",
    );
  }
  if (url.username + url.password + url.hash + (at.mayHaveQuery ? "" : url.search) !== "") {
    problems.add(at.path, `must be a plain URL, without user name${at.mayHaveQuery ? "" : ", query"} and fragment`);
  }
  return url;
}
