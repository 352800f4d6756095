/**
 * The whole login: a visitor without a cookie asks to log in, goes to the provider, comes back with a code, and lands on a guarded page. What is
 * measured is the CPU of the server for all of it. Signature, nonce, PKCE and issuer are checked; a contender that leaves one out is refused.
 *
 * @module
 */
import { startChild } from "../child.js";
import { findLoginWeakness } from "../forged-logins.js";
import { openLogins } from "../login-load.js";
import { serve, startProvider } from "./guarded-route.js";

/** @typedef {{ name: string, title: string, start?: string, isOpen?: boolean }} Contender */

const path = "/me";

export const title =
  "full login: to the provider, back with a code, ID token verified, session begun, guarded page seen";

/** @type {Contender[]} */
export const contenders = [
  { name: "login-bare-express", title: "bare Express, redirects alone", start: "/login", isOpen: true },
  { name: "express-session", title: "openid-client by hand", start: "/login" },
  { name: "express-oidc", title: "express-oidc" },
  { name: "express-oidc-own-carrier", title: "express-oidc, own carrier" },
  { name: "express-oidc-by-fetch", title: "express-oidc, own carrier, by fetch" },
  { name: "express-openid-connect", title: "express-openid-connect, cookie" },
  { name: "passport-openidconnect", title: "passport-openidconnect", start: "/login" },
];

/** What the others are compared with, round by round. */
export const baselines = ["login-bare-express", "express-session"];

export const aims = [
  { contender: "express-oidc", baseline: "express-session", atMost: 0.8 },
  { contender: "express-oidc-own-carrier", baseline: "express-session", atMost: 0.8 },
];

export const unit = "login";

/** What is asked: one thing. */
export const loads = [{ name: "login", title: "the login" }];

export const pace = {
  thorough: { requests: 200, turn: 20, warmUp: 2000, connections: 8 },
  quick: { requests: 40, turn: 20, warmUp: 100, connections: 8 },
};

export const startBeside = startProvider;

/** @type {string} */
export const missing = "";

/**
 * Starts a contender, and tries to log in with what must not count.
 *
 * @param {Contender} contender
 * @param {{ provider: import("./guarded-route.js").Provider }} beside
 * @param {{ core?: number, nodeOptions?: string[] }} placement
 */
export async function prepare(contender, { provider }, placement) {
  const child = startChild("server.js", placement);
  const port = await serve(child, contender, provider);
  const page = new URL(path, `http://127.0.0.1:${port}`);
  const start = new URL(contender.start ?? path, page);
  const target = { page, start, knowsPerson: contender.isOpen !== true };
  const openFor = async () => (/** @type {number} */ connections) => openLogins(target, connections);
  return { child, openFor, weakness: contender.isOpen ? undefined : await findLoginWeakness(page, start) };
}
