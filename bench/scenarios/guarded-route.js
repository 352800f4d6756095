/**
 * The guarded route: a signed-in person asks for a page behind the guard, and the session holds an ID token and an access token
 * of 1.2 KB each. What is measured is a GET that answers 200.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { startChild } from "../child.js";
import { findWeakness } from "../forgeries.js";
import { callHeaders, logIn } from "../visitor.js";

/** @typedef {import("../child.js").Child} Child */
/** @typedef {{ name: string, title: string, isOpen?: boolean }} Contender */
/** @typedef {{ issuer: string, sub: string, redisUrl?: string }} Provider */

const path = "/me";

/** @type {string} */
export const title = "guarded route, ID and access token of 1.2 KB each, in memory";

/** @type {Contender[]} */
export const contenders = [
  { name: "bare-express", title: "bare Express", isOpen: true },
  { name: "express-session", title: "express-session by hand" },
  { name: "express-openid-connect", title: "express-openid-connect, cookie" },
  { name: "express-oidc", title: "express-oidc" },
  { name: "express-oidc-own-session", title: "express-oidc, the app's session" },
  { name: "express-oidc-own-carrier", title: "express-oidc, own carrier" },
];

/** What the others are compared with, round by round. */
export const baselines = ["bare-express", "express-session", "express-openid-connect"];

/** CPU per request, as a share of the baseline's. */
export const aims = [
  { contender: "express-oidc", baseline: "express-session", atMost: 0.8 },
  { contender: "express-oidc", baseline: "express-openid-connect", atMost: 0.4 },
  { contender: "express-oidc-own-carrier", baseline: "bare-express", atMost: 1.3 },
];

/** What is asked: one thing. */
export const loads = [{ name: "page", title: "the page" }];

export const pace = { thorough: {}, quick: {} };

/** What runs beside the contenders: the provider that they log in at. */
export async function startBeside() {
  const child = startChild("provider.js");
  /** @type {Provider} */
  const provider = await child.ask();
  return { provider, stop: child.stop };
}

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
  const cookies = await logIn(page);
  const callsFor = async () => [{ headers: callHeaders(cookies), expectedBody }];
  if (contender.isOpen) return { child, port, path, callsFor, weakness: undefined };

  const foreign = await foreignCookies(contender, provider);
  const weakness = await findWeakness(page, cookies, foreign, expectedBody);
  return { child, port, path, callsFor, weakness };
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
    return await logIn(new URL(path, `http://127.0.0.1:${port}`));
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
async function serve(child, contender, { issuer, sub, redisUrl }) {
  const secret = randomBytes(32).toString("base64url");
  const surroundings = { issuer, sub, secret, redisUrl, clientId: "bench", clientSecret: "the secret of the bench" };
  /** @type {{ port: number }} */
  const { port } = await child.ask({ contender: contender.name, surroundings });
  return port;
}
