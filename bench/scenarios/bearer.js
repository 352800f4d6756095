/**
 * The guarded API: a program asks with an access token that is a JWT. What is measured is a GET that answers 200.
 *
 * For each algorithm: hot is one token over and over, warm a thousand tokens in turn, cold each token once.
 *
 * @module
 */
import { startChild } from "../child.js";
import { bearerHeaders, findTokenWeakness, forge } from "../forged-tokens.js";
import { algs, audience, startIssuer } from "../issuer.js";
import { openLoad } from "../load.js";

/** @typedef {import("../issuer.js").Minted} Minted */
/** @typedef {"hot" | "warm" | "cold"} Warmth */
/** @typedef {{ name: string, title: string, isOpen?: boolean, algs?: readonly string[], warmths?: readonly Warmth[] }} Contender */

const path = "/me";
const nobody = "00000000-0000-0000-0000-000000000000";
const withoutEdDsa = ["RS256", "ES256"];

/** @type {readonly Warmth[]} */
const warmths = ["hot", "warm", "cold"];

export const title =
  "guarded API, JWT access tokens of 0.7 to 0.9 KB: hot (one), warm (1,000 in turn), cold (each once)";

/** @type {Contender[]} */
export const contenders = [
  { name: "bare-express", title: "bare Express", isOpen: true },
  { name: "bearer-jose", title: "jose by hand" },
  { name: "bearer-express-oidc", title: "express-oidc" },
  { name: "bearer-express-oidc-uncached", title: "express-oidc, cache: 0", warmths: ["cold"] },
  { name: "bearer-fast-jwt", title: "fast-jwt, cache" },
  { name: "bearer-express-oauth2-jwt-bearer", title: "express-oauth2-jwt-bearer" },
  { name: "bearer-express-jwt", title: "express-jwt, jwks-rsa", algs: withoutEdDsa },
  { name: "bearer-passport-jwt", title: "passport-jwt, jwks-rsa", algs: withoutEdDsa },
];

/** What is asked, one after the other. */
export const loads = algs.flatMap((alg) =>
  warmths.map((warmth) => ({ name: `${alg}-${warmth}`, title: `${alg} ${warmth}`, alg, warmth })),
);

/** What the others are compared with, round by round. */
export const baselines = ["bare-express", "bearer-jose", "bearer-fast-jwt"];

/** CPU per request, as a share of the baseline's. */
export const aims = loads.flatMap(({ name: load, warmth }) =>
  aimsOf(warmth).map((aim) => ({ load, contender: "bearer-express-oidc", ...aim })),
);

/** @param {Warmth} warmth */
function aimsOf(warmth) {
  if (warmth === "cold") return [{ baseline: "bearer-jose", atMost: 1.05 }];
  return [
    { baseline: "bare-express", atMost: warmth === "hot" ? 1.25 : 1.3 },
    { baseline: "bearer-fast-jwt", atMost: 1.05 },
  ];
}

/** Nine loads in the time of one. */
export const pace = {
  thorough: { requests: 1000, warmUp: 2000, limitMs: 60_000 },
  quick: { requests: 500, warmUp: 1000, limitMs: 20_000 },
};

/** @type {string} */
export const missing = "";

/**
 * The issuer, and its tokens for each load: made before the first contender is asked, the same for all.
 *
 * @param {import("../rounds.js").Plan} plan
 */
export async function startBeside({ warmUp, rounds, requests }) {
  const issuer = await startIssuer();
  const counts = { hot: 1, warm: 1000, cold: warmUp + rounds * requests };
  /** @type {Map<string, Promise<Minted[]>>} */
  const made = new Map();

  /** @param {(typeof loads)[number]} load */
  function tokens({ name, alg, warmth }) {
    const tokens = made.get(name) ?? issuer.mint(alg, counts[warmth]);
    made.set(name, tokens);
    return tokens;
  }

  const forged = await Promise.all(algs.map((alg) => forge(issuer, alg)));
  return { issuer: issuer.issuer, forged, tokens, stop: () => issuer.stop() };
}

/**
 * Starts a contender, and tries to get in with forged tokens.
 *
 * @param {Contender} contender
 * @param {NonNullable<Awaited<ReturnType<typeof startBeside>>>} beside
 * @param {{ core?: number, nodeOptions?: string[] }} placement
 */
export async function prepare(contender, { issuer, forged, tokens }, placement) {
  const child = startChild("server.js", placement);
  const surroundings = { issuer, audience, algs, sub: nobody };
  /** @type {{ port: number }} */
  const { port } = await child.ask({ contender: contender.name, surroundings });
  const knows = contender.algs ?? algs;

  /** @param {(typeof loads)[number]} load */
  async function openFor(load) {
    if (!knows.includes(load.alg) || contender.warmths?.includes(load.warmth) === false) return undefined;
    const calls = (await tokens(load)).map(({ token, sub }) => ({
      headers: bearerHeaders(`Bearer ${token}`),
      expectedBody: JSON.stringify({ sub: contender.isOpen ? nobody : sub }),
    }));
    return (/** @type {number} */ connections) => openLoad({ port, path, calls }, connections);
  }

  return { child, openFor, weakness: contender.isOpen ? undefined : await findWeakness() };

  async function findWeakness() {
    for (const one of forged.filter(({ alg }) => knows.includes(alg))) {
      const weakness = await findTokenWeakness(new URL(path, `http://127.0.0.1:${port}`), one);
      if (weakness !== undefined) return weakness;
    }
    return undefined;
  }
}
