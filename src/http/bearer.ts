/** @module The access token that a request brings (RFC 6750 §2, RFC 9449 §7.1), and nothing of what it means. */
import type { IncomingMessage } from "node:http";
import { countHeader } from "./single-header.js";
import { header } from "./who-asks.js";

/** How an access token may be presented. */
export type Scheme = "Bearer" | "DPoP";

/** What a request brings to show who calls. */
export type Credentials =
  | { readonly kind: "none" }
  | { readonly kind: "token"; readonly scheme: Scheme; readonly token: string }
  | { readonly kind: "broken"; readonly rule: string };

/** Where a token may stand beside the header `Authorization`. */
export interface Places {
  /** Whether a form field `access_token` counts, where the app has parsed the form (RFC 6750 §2.2). */
  readonly form: boolean;
}

const NONE: Credentials = { kind: "none" };

const OURS = /^(bearer|dpop)(?: +|$)/i;

/** What is none of the letters of a token (RFC 6750 §2.1), to be searched for: a pattern of the whole would take twice as long. */
const NOT_OF_TOKENS = /[^\w\-.~+/]/;

/** Finds the one access token of a request; "broken" where there are several, or one in a place where it would be seen. {@link brokenToken} looks at its letters. */
export function readCredentials(req: IncomingMessage & { readonly body?: unknown }, places: Places): Credentials {
  if (isInQuery(req.url))
    return broken("a token in the URL ends up in logs and histories; send it in the header Authorization");
  if (countHeader(req, "authorization") > 1) return broken("the header Authorization may stand once");
  const inHeader = readHeader(req.headers.authorization);
  const inForm = places.form ? fieldOf(req) : undefined;
  if (inForm === undefined) return inHeader;
  if (inHeader.kind !== "none" || typeof inForm !== "string")
    return broken("one access token may be sent, in one place");
  return isToken(inForm)
    ? { kind: "token", scheme: "Bearer", token: inForm }
    : broken("the form field access_token holds one token, and nothing else");
}

function readHeader(value: string | undefined): Credentials {
  const [head, scheme = ""] = OURS.exec(value ?? "") ?? [];
  if (value === undefined || head === undefined) return NONE;
  const token = value.slice(head.length);
  return { kind: "token", scheme: scheme.toLowerCase() === "dpop" ? "DPoP" : "Bearer", token };
}

/**
 * Why the token of the header can't be one; undefined where it can. To be asked of tokens that are not known, for it takes a tenth of what a known one costs.
 */
export function brokenToken(token: string): string | undefined {
  return isToken(token) ? undefined : "behind its scheme the header Authorization holds one token, and nothing else";
}

/** Letters of a token, then perhaps equals signs. */
function isToken(text: string): boolean {
  const end = text.search(NOT_OF_TOKENS);
  return end === -1 ? text !== "" : end > 0 && /^=+$/.test(text.slice(end));
}

function broken(rule: string): Credentials {
  return { kind: "broken", rule };
}

function isInQuery(url = ""): boolean {
  const start = url.indexOf("?");
  if (start === -1 || !url.includes("access_token", start)) return false;
  return new URLSearchParams(url.slice(start)).has("access_token");
}

/** The field of a parsed form; never of a GET or HEAD, which have no body to speak of (RFC 6750 §2.2). */
function fieldOf(req: IncomingMessage & { readonly body?: unknown }): unknown {
  if (req.method === "GET" || req.method === "HEAD") return undefined;
  const type = header(req, "content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") return undefined;
  const { body } = req;
  return typeof body === "object" && body !== null && Object.hasOwn(body, "access_token")
    ? Reflect.get(body, "access_token")
    : undefined;
}
