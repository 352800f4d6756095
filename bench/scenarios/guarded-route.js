/**
 * The guarded route: a signed-in person asks for a page behind the guard, and the session holds an ID token and an access token
 * of 1.2 KB each. What is measured is a GET that answers 200.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { startChild } from "../child.js";
import { findWeakness } from "../forgeries.js";
import { openLoad } from "../load.js";
import { callHeaders, logIn } from "../visitor.js";

/** @typedef {import("../child.js").Child} Child */
/** @typedef {{ name: string, title: string, isOpen?: boolean }} Contender */
/** @typedef {{ issuer: string, sub: string, tokenBytes: number, redisUrl?: string, scope?: string }} Provider */

const path = "/me";

/** @type {string} */
export const title = "guarded route, ID and access token of 1.2 KB each, in memory";

/** @type {Contender[]} */
export const contenders = [
  { name: "bare-express", title: "bare Express", isOpen: true },
  { name: "express-session", title: "express-session by hand" },
  { name: "express-openid-connect", title: "express-openid-connect, cookie" },
  { name: "passport-openidconnect", title: "passport, passport-openidconnect" },
  { name: "express-oidc", title: "express-oidc" },
  { name: "express-oidc-own-session", title: "express-oidc, the app's session" },
  { name: "express-oidc-own-carrier", title: "express-oidc, own carrier" },
];

/** What the others are compared with, round by round. */
export const baselines = ["bare-express", "express-session", "express-openid-connect"];

/** CPU per request, as a share of the baseline's. */
export const aims = [
  { contender: "express-oidc", baseline: "bare-express", atMost: 1.95 },
  { contender: "express-oidc", baseline: "express-session", atMost: 0.85 },
  { contender: "express-oidc-own-carrier", baseline: "bare-express", atMost: 1.3 },
  {
    contender: "express-oidc-own-carrier",
    baseline: ["express-session", "express-openid-connect", "passport-openidconnect"],
    atMost: 0.6,
  },
];

/** What is asked: one thing. */
export const loads = [{ name: "page", title: "the page" }];

export const pace = { thorough: {}, quick: {} };

/** What runs beside the contenders: the provider that they log in at. */
export async function startProvider() {
  const child = startChild("provider.js");
  /** @type {Provider} */
  const provider = await child.ask();
  return { provider, ask: child.ask, stop: child.stop };
}

export const startBeside = startProvider;

/** @type {string} */
export const missing = "";

/**
 * Starts a contender, logs a person in, and tries to get in without a login.
 *
 * @param {Contender} contender
 * @param {{ provider: Provider }} beside
 * @param {{ core?: number, nodeOptions?: string[] }} placement
 */
export async function prepare(contender, { provider }, placement) {
  const expectedBody = JSON.stringify({ sub: provider.sub });
  const child = startChild("server.js", placement);
  const port = await serve(child, contender, provider);
  const page = new URL(path, `http://127.0.0.1:${port}`);
  const { cookies } = await logIn(page);
  const calls = [{ headers: callHeaders(cookies), expectedBody }];
  const openFor = async () => (/** @type {number} */ connections) => openLoad({ port, path, calls }, connections);
  if (contender.isOpen) return { child, openFor, weakness: undefined };

  const foreign = await foreignCookies(contender, provider);
  const weakness = await findWeakness(page, cookies, foreign, expectedBody);
  return { child, openFor, weakness };
}

/**
 * The cookies of a login at the same app that runs with another secret.
 *
 * @param {Contender} contender
 * @param {Provider} provider
 */
async function foreignCookies(contender, provider) {
  const child = startChild("server.js");
  try {
    const port = await serve(child, contender, provider);
    const { cookies } = await logIn(new URL(path, `http://127.0.0.1:${port}`));
    return cookies;
  } finally {
    await child.stop();
  }
}

/**
 * Gives the child its app, with a secret of its own.
 *
 * @param {Child} child
 * @param {Contender} contender
 * @param {Provider} provider
 * @returns {Promise<number>} the port it serves on.
 */
export async function serve(child, contender, { issuer, sub, redisUrl, scope = "openid profile email" }) {
  const secret = randomBytes(32).toString("base64url");
  const surroundings = {
    issuer,
    sub,
    secret,
    redisUrl,
    scope,
    clientId: "bench",
    clientSecret: "the secret of the bench",
  };
  /** @type {{ port: number }} */
  const { port } = await child.ask({ contender: contender.name, surroundings });
  return port;
}
