/**
 * The refresh storm: a page asks a hundred things at once when the access token of its login has just expired. One call to the token endpoint must
 * do for all of them, and none may fail. A second wave finds the new token.
 *
 * @module
 */
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { startChild } from "../child.js";
import { openLoad } from "../load.js";
import { layOut, met, ratioText } from "../report.js";
import { quartiles } from "../statistics.js";
import { callHeaders, logIn } from "../visitor.js";
import { serve, startProvider } from "./guarded-route.js";

/** @typedef {import("../child.js").Child} Child */
/** @typedef {{ name: string, title: string }} Contender */
/** @typedef {{ contender: Contender, child: Child, page: URL }} Running */
/** @typedef {{ wallMs: number, failures: number, calls: number, secondFailures: number, secondCalls: number }} Storm */

const atOnce = 100;
const atMost = 1.3;
const timeoutMs = 20_000;
/** The token of a login lives for a second here, and counts in whole ones. */
const untilExpiredMs = 2100;
const expectedBody = JSON.stringify({ token: "renewed" });
const byHand = "express-session";

export const title = `refresh storm: ${atOnce} requests at once with an expired access token, then ${atOnce} more`;

/** @type {Contender[]} */
export const contenders = [
  { name: byHand, title: "single flight by hand" },
  { name: "express-oidc", title: "express-oidc" },
  { name: "express-oidc-own-carrier", title: "express-oidc, own carrier" },
];

export const pace = { thorough: { rounds: 9 }, quick: { rounds: 3 } };

/**
 * In every round each contender has a new login, and its storm in turn.
 *
 * @param {import("../run.js").TrialPlan} plan
 * @returns {Promise<string>}
 */
export async function run({ rounds, core, onRound }) {
  const { provider, stop, ask } = await startProvider();
  /** @type {Running[]} */
  const running = [];
  /** @type {Map<string, Storm>[]} */
  const measured = [];
  try {
    for (const contender of contenders) {
      const child = startChild("server.js", core === undefined ? {} : { core });
      const port = await serve(child, contender, { ...provider, scope: "openid profile email offline_access" });
      running.push({ contender, child, page: new URL(`http://127.0.0.1:${port}/me`) });
    }
    await round(running, ask, 0);
    while (measured.length < rounds) {
      measured.push(await round(running, ask, measured.length));
      onRound(measured.length);
    }
  } finally {
    await Promise.all(running.map(({ child }) => child.stop()));
    await stop();
  }
  return layOut([head, ...contenders.map((contender) => rowOf(contender, measured))]);
}

/**
 * @param {Running[]} running
 * @param {Child["ask"]} ask - Asks the provider.
 * @param {number} number - Who begins.
 * @returns {Promise<Map<string, Storm>>}
 */
async function round(running, ask, number) {
  const first = number % running.length;
  const order = [...running.slice(first), ...running.slice(0, first)];
  const visits = [];
  for (const one of order) visits.push({ ...one, ...(await logIn(one.page)) });
  await pause(untilExpiredMs);
  /** @type {Map<string, Storm>} */
  const storms = new Map();
  for (const { contender, page, cookies } of visits) {
    const calls = [{ headers: callHeaders(cookies), expectedBody }];
    const load = await openLoad({ port: Number(page.port), path: "/token", calls }, atOnce);
    const [before, start] = [await refreshesOf(ask), performance.now()];
    const { wrong: failures } = await load.run(atOnce, timeoutMs);
    const wallMs = performance.now() - start;
    const between = await refreshesOf(ask);
    const { wrong: secondFailures } = await load.run(atOnce, timeoutMs);
    load.close();
    const secondCalls = (await refreshesOf(ask)) - between;
    storms.set(contender.name, { wallMs, failures, calls: between - before, secondFailures, secondCalls });
  }
  return storms;
}

/**
 * @param {Child["ask"]} ask
 * @returns {Promise<number>} how often tokens were renewed at the provider.
 */
function refreshesOf(ask) {
  return ask("refreshes");
}

const head = [
  "",
  "wall, ms",
  "÷ by hand",
  "calls to the token endpoint",
  "failures",
  "second wave: calls",
  "second wave: failures",
  "goal",
];

/**
 * @param {Contender} contender
 * @param {Map<string, Storm>[]} measured
 */
function rowOf({ name, title: its }, measured) {
  const storms = measured.flatMap((round) => round.get(name) ?? []);
  const wall = quartiles(storms.map(({ wallMs }) => wallMs));
  const ratio = quartiles(
    measured.map((round) => (round.get(name)?.wallMs ?? Number.NaN) / (round.get(byHand)?.wallMs ?? Number.NaN)),
  );
  /** @param {Exclude<keyof Storm, "wallMs">} what */
  const worst = (what) => Math.max(...storms.map((storm) => storm[what]));
  const isRight = worst("calls") === 1 && worst("failures") + worst("secondCalls") + worst("secondFailures") === 0;
  const goals = [
    `1 call, no failure, no second call: ${met(isRight)}`,
    `≤ ${atMost.toFixed(2)} × by hand: ${met(ratio.median <= atMost)}`,
  ];
  return [
    its,
    wall.median.toFixed(0),
    name === byHand ? "1" : ratioText(ratio),
    String(worst("calls")),
    String(worst("failures")),
    String(worst("secondCalls")),
    String(worst("secondFailures")),
    name === byHand ? "" : goals.join("; "),
  ];
}
