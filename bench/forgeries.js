/**
 * Sessions that nobody was given. A contender that lets one of them through is refused, not measured.
 *
 * @module
 */
import { createHmac } from "node:crypto";
import { callHeaders, get } from "./visitor.js";

/** @typedef {import("./visitor.js").Cookies} Cookies */

const turnedAway = new Set([301, 302, 303, 307, 401, 403]);
const changesPerCookie = 12;

/**
 * Tries the guarded page with the true cookies, with none, and with forged ones.
 *
 * @param {URL} page
 * @param {Cookies} cookies - Of a login here.
 * @param {Cookies} foreign - Of a login at the same app with another secret.
 * @param {string} expectedBody
 * @returns {Promise<string | undefined>} what is wrong with the contender, or nothing.
 */
export async function findWeakness(page, cookies, foreign, expectedBody) {
  const isLetIn = await letsIn(page, cookies, expectedBody);
  if (!isLetIn) return "the session of the login is not let in";
  const needed = await neededCookies(page, cookies);
  if (needed.size === 0) return "no cookie is needed";
  for (const { what, cookies: forged } of forgeries(needed, foreign)) {
    const { status } = await get(page, callHeaders(forged));
    if (!turnedAway.has(status)) return `${what}: answered ${status}`;
  }
  return (await letsIn(page, cookies, expectedBody)) ? undefined : "a forged cookie ended the true session";
}

/**
 * @param {URL} page
 * @param {Cookies} cookies
 * @param {string} expectedBody
 */
async function letsIn(page, cookies, expectedBody) {
  const { status, body } = await get(page, callHeaders(cookies));
  return status === 200 && body === expectedBody;
}

/**
 * The cookies without which the visitor is turned away; the others carry no session.
 *
 * @param {URL} page
 * @param {Cookies} cookies
 * @returns {Promise<Cookies>}
 */
async function neededCookies(page, cookies) {
  /** @type {Cookies} */
  const needed = new Map();
  for (const [name, value] of cookies) {
    const others = new Map([...cookies].filter(([other]) => other !== name));
    const { status } = await get(page, callHeaders(others));
    if (status !== 200) needed.set(name, value);
  }
  return needed;
}

/**
 * @param {Cookies} cookies
 * @param {Cookies} foreign
 * @returns {Generator<{ what: string, cookies: Cookies }>}
 */
function* forgeries(cookies, foreign) {
  yield { what: "no cookie", cookies: new Map() };
  yield { what: "the session of another deployment", cookies: foreign };
  for (const [name, value] of cookies) {
    yield { what: "an empty cookie", cookies: withCookie(cookies, name, "") };
    yield { what: "a cookie without its last part", cookies: withCookie(cookies, name, value.replace(/\.[^.]*$/, "")) };
    yield { what: "half a cookie", cookies: withCookie(cookies, name, value.slice(0, value.length / 2)) };
    for (const changed of changes(value)) {
      yield { what: "a cookie with one character changed", cookies: withCookie(cookies, name, changed) };
    }
    const signed = /^s(?::|%3A)([^.]+)\./i.exec(value);
    if (signed !== null) {
      const signature = createHmac("sha256", "somebody else's secret, not the app's")
        .update(`${signed[1]}`)
        .digest("base64");
      const forged = encodeURIComponent(`s:${signed[1]}.${signature.replace(/=+$/, "")}`);
      yield { what: "a session id signed with another secret", cookies: withCookie(cookies, name, forged) };
    }
  }
}

/**
 * The value with one character changed, at places spread over it.
 *
 * @param {string} value
 */
function* changes(value) {
  for (let n = 0; n < changesPerCookie; n += 1) {
    const at = Math.floor((n * value.length) / changesPerCookie);
    const character = value[at];
    // Before a dot stands the end of a base64 text, whose last bits may be unused: a change there changes nothing.
    if (character === "." || value[at + 1] === "." || at === value.length - 1) continue;
    yield value.slice(0, at) + (character === "A" ? "B" : "A") + value.slice(at + 1);
  }
}

/**
 * @param {Cookies} cookies
 * @param {string} name
 * @param {string} value
 * @returns {Cookies}
 */
function withCookie(cookies, name, value) {
  return new Map(cookies).set(name, value);
}
