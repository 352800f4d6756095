/**
 * A browser in small: keeps the cookies of one site and follows redirects to the provider and back.
 *
 * @module
 */
import { once } from "node:events";
import { Agent, request } from "node:http";

const mostRedirects = 12;
const timeoutMs = 10_000;
const hourMs = 3_600_000;
const navigation = {
  accept: "text/html,application/xhtml+xml",
  "sec-fetch-site": "none",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
  "sec-fetch-user": "?1",
};

/** @typedef {Map<string, string>} Cookies */
/** @typedef {Map<string, { value: string, endsAtMs: number }>} Jar */

/**
 * The headers of the call that is measured: an API call of a page, with the session's cookies.
 *
 * @param {Cookies} cookies
 * @returns {Record<string, string>}
 */
export function callHeaders(cookies) {
  const pairs = [...cookies].map(([name, value]) => `${name}=${value}`);
  return { accept: "application/json", ...(pairs.length > 0 && { cookie: pairs.join("; ") }) };
}

/** Connections that many visitors share, one after the other. */
export function keepConnections() {
  return new Agent({ keepAlive: true });
}

/**
 * Asks for one page and follows no redirect.
 *
 * @param {URL} url
 * @param {Record<string, string>} headers
 * @param {Agent | false} [agent] - Left out: a connection for this one request.
 */
export async function get(url, headers, agent = false) {
  const req = request(url, { headers, agent, timeout: timeoutMs });
  req.on("timeout", () => req.destroy(new Error(`no answer from ${url.origin}${url.pathname}`)));
  req.end();
  /** @type {import("node:http").IncomingMessage[]} */
  const [res] = await once(req, "response");
  if (res === undefined) throw new Error(`no answer from ${url.origin}${url.pathname}`);
  let body = "";
  for await (const chunk of res.setEncoding("utf8")) body += chunk;
  return { status: res.statusCode ?? 0, headers: res.headers, body };
}

/**
 * What a visitor does otherwise than opening the page.
 *
 * @typedef {object} Visit
 * @property {URL} [start] - Where the login begins. Left out: the page.
 * @property {Agent} [agent]
 * @property {(request: URL) => void} [onRequest] - Sees the authorization request, and may change it.
 */

/**
 * Opens a guarded page, logs in on the way, and ends back on that page.
 *
 * @param {URL} page
 * @param {Visit} [visit]
 * @returns {Promise<{ cookies: Cookies, body: string }>} what the page says, and the cookies of the site that the visitor still sends an hour
 *   later: a contender may have set short-lived ones for the login itself, which the calls that are measured would not carry.
 * @throws {Error} when the way does not end with the page.
 */
export async function logIn(page, { start = page, agent, onRequest } = {}) {
  /** @type {Jar} */
  const jar = new Map();
  let url = start;
  for (let step = 0; step < mostRedirects; step += 1) {
    const ours = url.origin === page.origin;
    if (!ours && url.searchParams.has("redirect_uri")) onRequest?.(url);
    const answer = await get(url, { ...(ours ? callHeaders(alive(jar, Date.now())) : {}), ...navigation }, agent);
    if (ours) keep(jar, answer.headers["set-cookie"] ?? []);
    const { location } = answer.headers;
    if (location === undefined) {
      const isThere = answer.status === 200 && url.pathname === page.pathname;
      if (isThere) return { cookies: alive(jar, Date.now() + hourMs), body: answer.body };
      throw new LoginFailed(`the login ended at ${url.pathname} with ${answer.status}: ${answer.body.slice(0, 200)}`);
    }
    url = new URL(location, url);
  }
  throw new LoginFailed("the login never ended");
}

/** A login that did not end with the page. */
export class LoginFailed extends Error {}

/**
 * @param {Jar} jar
 * @param {number} atMs
 * @returns {Cookies}
 */
function alive(jar, atMs) {
  return new Map([...jar].filter(([, { endsAtMs }]) => endsAtMs > atMs).map(([name, { value }]) => [name, value]));
}

/**
 * @param {Jar} jar
 * @param {string[]} lines
 */
function keep(jar, lines) {
  for (const line of lines) {
    const [pair = "", ...attributes] = line.split(";");
    const equals = pair.indexOf("=");
    jar.set(pair.slice(0, equals).trim(), { value: pair.slice(equals + 1).trim(), endsAtMs: endOf(attributes) });
  }
}

/**
 * When a cookie ends: Max-Age goes before Expires, and one with neither outlives the bench.
 *
 * @param {string[]} attributes
 */
function endOf(attributes) {
  const pairs = attributes.map((attribute) => attribute.trim().split("="));
  /** @param {string} name */
  const attributeOf = (name) => pairs.find(([key = ""]) => key.toLowerCase() === name)?.[1];
  const [maxAge, expires] = [attributeOf("max-age"), attributeOf("expires")];
  if (maxAge !== undefined) return Date.now() + Number(maxAge) * 1000;
  return expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires);
}
