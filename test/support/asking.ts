/**
 * Single requests with exactly the headers that a test names: what no browser would send, or an old one.
 * @module
 */

import { exchange } from "../../examples/demo/browser/wire.js";
import { Answer, type Browser, type Cookie } from "../../examples/demo/browser.js";

/** A request. */
export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whose cookies go along. What the answer sets stays outside of its jar. */
  readonly browser?: Browser;
  /** The fields of a form. */
  readonly form?: Readonly<Record<string, string>>;
}

/** Sends one request, and answers what came back, redirects included. */
export async function ask(address: string | URL, asking: Asking = {}): Promise<Answer> {
  const url = new URL(address);
  const { method = asking.form === undefined ? "GET" : "POST", browser, form } = asking;
  const cookie = browser?.cookies.header(url) ?? "";
  const body = form === undefined ? undefined : new URLSearchParams(form).toString();
  const headers = {
    ...(cookie === "" ? {} : { cookie }),
    ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
    ...(method === "POST" && { "content-length": String(Buffer.byteLength(body ?? "")) }),
    ...asking.headers,
  };
  const { status, headers: received, text } = await exchange(url, { method, headers, body, ca: undefined });
  return new Answer({ method, url, sentHeaders: headers, status, headers: received, body: text });
}

/** What a browser says of a person who opens an address: typed, or by a link of the same site. */
export const typed = { "sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
export const linked = { ...typed, "sec-fetch-site": "same-origin" };

/** Whether a browser's login is still good. */
export async function isSignedIn(browser: Browser, baseUrl: string): Promise<boolean> {
  const { status } = await ask(`${baseUrl}/api`, { browser, headers: { accept: "application/json" } });
  return status === 200;
}

/** The session cookie that a browser holds, where `auth()` mounts the session with its own name for it. */
export function sessionCookieOf({ cookies }: Browser): Cookie | undefined {
  return cookies.list().find(({ name }) => /^(__(Host|Secure)-)?oidc-session/.test(name));
}

/** The Set-Cookie lines of an answer about one cookie. */
export function setCookiesFor(answer: Answer, name: string): string[] {
  return answer.headers.getSetCookie().filter((line) => line.startsWith(`${name}=`));
}
