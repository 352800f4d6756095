/**
 * A login step by step, for tests that stop on the way, take another turn, or look at what went by.
 * @module
 */
import { onTestFinished } from "vitest";
import { exchange } from "../../examples/demo/browser/wire.js";
import { Answer, type Browser, type Cookie } from "../../examples/demo/browser.js";
import { type Person, people, startWorld, type World, type WorldOptions } from "./world.js";

/** A world for one test, which ends with it. */
export async function openWorld(options?: WorldOptions): Promise<World> {
  const world = await startWorld(options);
  onTestFinished(() => world.close());
  return world;
}

/** Opens an address and takes one step only. */
export function step(browser: Browser, url: string | URL, headers: Record<string, string> = {}): Promise<Answer> {
  return browser.get(url, { followRedirects: false, headers });
}

/** A request of a program that is no browser: without cookies, without Fetch Metadata, one step. */
export async function ask(
  url: string | URL,
  { method = "GET", headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const target = new URL(url);
  const { text, ...received } = await exchange(target, { method, headers, body, ca: undefined });
  return new Answer({ method, url: target, sentHeaders: headers, body: text, ...received });
}

/** Opens a page of the app that leads to the provider, and stops there: the authorization request. */
export async function askToLogIn(browser: Browser, url: string | URL): Promise<URL> {
  const answer = await step(browser, url);
  if (answer.redirect === undefined) throw new Error(`${String(url)} led nowhere: ${answer.status} ${answer.text}`);
  return answer.redirect;
}

/** Logs in at the provider, and answers the address that it sends the browser back to. Nobody has gone there yet. */
export async function logInAtProvider(browser: Browser, authorizationUrl: URL, person: Person = "ada"): Promise<URL> {
  const isThere = (url: URL | undefined) => url?.origin === authorizationUrl.origin;
  let answer = await browser.follow(authorizationUrl, { followRedirects: false });
  for (let count = 0; count < 10; count += 1) {
    const next = answer.redirect;
    if (next !== undefined && !isThere(next)) return next;
    answer =
      next === undefined
        ? await browser.submit(people[person], { followRedirects: false })
        : await browser.follow(next, { followRedirects: false });
  }
  throw new Error(`The provider does not send the browser back: ${answer.status} ${answer.text}`);
}

/** A login up to the callback, which nobody has opened yet. */
export async function logInUpToCallback(world: World, browser: Browser, path = "/private"): Promise<URL> {
  return logInAtProvider(browser, await askToLogIn(browser, world.baseUrl + path));
}

/** The callback's address with an answer that this test has made up. The `iss` is the provider's unless it is named. */
export function callbackWith(world: World, params: Readonly<Record<string, string>>): URL {
  const url = new URL(`${world.baseUrl}/callback`);
  url.search = new URLSearchParams({ iss: world.provider.issuer, ...params }).toString();
  return url;
}

/** Makes a browser lose the cookies of one origin as they arrive. */
export function loseCookiesOf(browser: Browser, origin: string): void {
  const { cookies } = browser;
  const take = cookies.take.bind(cookies);
  cookies.take = (setCookie, url) => {
    if (url.origin !== origin) take(setCookie, url);
  };
}

/** How often the provider was asked for tokens. */
export function tokenRequests(world: World): number {
  return world.provider.calls["/token"] ?? 0;
}

/** The names of the cookies that an answer sets, and those that it takes away with a minus before them. */
export function cookieNames(answer: Answer): string[] {
  return answer.headers.getSetCookie().map((cookie) => {
    const name = cookie.slice(0, cookie.indexOf("="));
    return /; Max-Age=0\b|; Expires=Thu, 01 Jan 1970/i.test(cookie) ? `-${name}` : name;
  });
}

/** The session's cookie, where auth() has mounted the session: its name ends with a short id of the instance. */
export function sessionCookieOf(browser: Browser): Cookie | undefined {
  return browser.cookies.list().find(({ name }) => /^(__Host-|__Secure-)?oidc-session-[\w-]+$/.test(name));
}

/** The code of an error answer of the app. */
export function codeOf(answer: Answer): unknown {
  return answer.headers.get("content-type")?.includes("json") ? (answer.json() as { code?: unknown }).code : undefined;
}
