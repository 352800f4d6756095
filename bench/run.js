/**
 * The bench: `npm run bench` measures express-oidc beside its peers and prints what each costs.
 *
 *   --quick            three short rounds, to see that it runs
 *   --rounds <n>       as many rounds
 *   --only <a,b>       these contenders only
 *   --scenario <a,b>   of memory, redis, bearer, login, storm and weight; else all
 *   --load <a,b>       these loads of a scenario only, such as RS256-hot
 *   --profile <folder> leaves a CPU profile of every contender there; the figures are then too high
 *
 * The figures are printed beside the aims and judged by whoever reads them: the exit code only says whether it ran.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadCore, pinLoad, serverCore } from "./child.js";
import { describeDisturbance, describeMachine, scenarioTable, wrongAnswers } from "./report.js";
import { measureRounds } from "./rounds.js";
import * as bearer from "./scenarios/bearer.js";
import * as guardedRoute from "./scenarios/guarded-route.js";
import * as guardedRouteRedis from "./scenarios/guarded-route-redis.js";
import * as login from "./scenarios/login.js";
import * as refreshStorm from "./scenarios/refresh-storm.js";
import * as weight from "./scenarios/weight.js";

/** @type {Readonly<Record<string, Scenario | Trial>>} */
const scenarios = { memory: guardedRoute, redis: guardedRouteRedis, bearer, login, storm: refreshStorm, weight };
const thorough = { rounds: 13, requests: 3000, turn: 250, warmUp: 6000, connections: 16, limitMs: 200_000 };
const quick = { rounds: 3, requests: 1500, turn: 250, warmUp: 2000, connections: 16, limitMs: 60_000 };

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    only: { type: "string" },
    scenario: { type: "string" },
    load: { type: "string" },
    profile: { type: "string" },
  },
});
const chosen = flags.scenario?.split(",") ?? Object.keys(scenarios);
if (!chosen.every((name) => name in scenarios))
  throw new Error(`--scenario takes ${Object.keys(scenarios).join(", ")}`);

if (!existsSync(new URL("../dist/index.js", import.meta.url)))
  throw new Error("build express-oidc first: npm run build in its folder");

const isPinned = pinLoad();
console.log(describeMachine());
console.log(
  isPinned
    ? `The server alone on core ${serverCore}, the load on core ${loadCore}.`
    : "No core of its own for the server: taskset or a second core is missing.",
);
for (const [name, scenario] of Object.entries(scenarios)) {
  if (!chosen.includes(name)) continue;
  console.log(`\n## ${name}: ${scenario.title}\n`);
  if ("run" in scenario) await runTrial(scenario);
  else await runScenario(scenario);
}

/**
 * A scenario that measures in its own way.
 *
 * @typedef {object} Trial
 * @property {string} title
 * @property {(plan: TrialPlan) => Promise<string>} run - Returns the table.
 * @property {{ thorough: { rounds: number }, quick: { rounds: number } }} pace
 */
/** @typedef {{ rounds: number, isQuick: boolean, core?: number, onRound: (round: number) => void }} TrialPlan */

/**
 * @typedef {object} Scenario
 * @property {string} title
 * @property {readonly Contender[]} contenders
 * @property {readonly Load[]} loads - What is asked, one after the other.
 * @property {readonly string[]} baselines - What the others are compared with, by name.
 * @property {readonly import("./report.js").Aim[]} aims - CPU per request.
 * @property {string} [unit] - What is counted. Left out: requests.
 * @property {{ thorough: Partial<Plan>, quick: Partial<Plan> }} pace - Where it differs from that of the others.
 * @property {string} missing - What to say when what must run beside it can't be started.
 * @property {(plan: Plan) => Promise<any>} startBeside - What runs beside the contenders; undefined where it is missing.
 * @property {(contender: any, beside: any, placement: { core?: number, nodeOptions?: string[] }) => Promise<Prepared>} prepare
 */
/** @typedef {{ name: string, title: string }} Contender */
/** @typedef {{ name: string, title: string }} Load */
/** @typedef {import("./rounds.js").Plan} Plan */

/**
 * A contender that runs.
 *
 * @typedef {object} Prepared
 * @property {import("./child.js").Child} child
 * @property {string | undefined} weakness - What it lets through.
 * @property {(load: any) => Promise<import("./rounds.js").OpenLoad | undefined>} openFor - Undefined where it can't take part.
 */

/** @param {Trial} trial */
async function runTrial({ run, pace }) {
  const { rounds } = planned(flags.quick ? pace.quick : pace.thorough);
  const onRound = (/** @type {number} */ round) => console.error(`round ${round} of ${rounds}`);
  console.log(await run({ rounds, isQuick: flags.quick, ...(isPinned && { core: serverCore }), onRound }));
}

/** @param {Scenario} scenario */
async function runScenario(scenario) {
  const plan = planned(flags.quick ? { ...quick, ...scenario.pace.quick } : { ...thorough, ...scenario.pace.thorough });
  const beside = await scenario.startBeside(plan);
  if (beside === undefined) {
    console.log(scenario.missing);
    return;
  }
  /** @type {Map<Contender, Prepared>} */
  const prepared = new Map();
  /** @type {import("./report.js").Measured[]} */
  const measured = [];
  try {
    await prepareAll(scenario, beside, prepared);
    for (const load of scenario.loads) {
      if (flags.load !== undefined && !flags.load.split(",").includes(load.name)) continue;
      measured.push(await measureLoad(load, plan, prepared));
    }
  } finally {
    await Promise.all([...prepared.values()].map(({ child }) => child.stop()));
    await beside.stop();
  }
  printResult(scenario, plan, measured);
}

/**
 * @template {{ rounds: number }} Some
 * @param {Some} plan
 * @returns {Some} with as many rounds as the command line wants.
 */
function planned(plan) {
  const rounds = flags.rounds === undefined ? plan.rounds : Number(flags.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds takes a whole number from 1");
  return { ...plan, rounds };
}

/**
 * @param {Scenario} scenario
 * @param {unknown} beside
 * @param {Map<Contender, Prepared>} prepared - To which every one is added that may be measured.
 */
async function prepareAll(scenario, beside, prepared) {
  const wanted = flags.only?.split(",");
  for (const contender of scenario.contenders) {
    if (wanted !== undefined && !wanted.includes(contender.name)) continue;
    const one = await scenario.prepare(contender, beside, placement(contender));
    if (one.weakness === undefined) {
      prepared.set(contender, one);
    } else {
      console.log(`${contender.title} is refused, not measured: ${one.weakness}`);
      await one.child.stop();
    }
  }
}

/** @param {Contender} contender */
function placement({ name }) {
  const nodeOptions =
    flags.profile === undefined
      ? []
      : ["--cpu-prof", `--cpu-prof-dir=${flags.profile}`, `--cpu-prof-name=${name}.cpuprofile`];
  return { ...(isPinned && { core: serverCore }), nodeOptions };
}

/**
 * @param {Load} load
 * @param {Plan} plan
 * @param {Map<Contender, Prepared>} prepared
 */
async function measureLoad(load, plan, prepared) {
  /** @type {import("./rounds.js").Entrant[]} */
  const entrants = [];
  /** @type {Contender[]} */
  const contenders = [];
  for (const [contender, { child, openFor }] of prepared) {
    const open = await openFor(load);
    if (open === undefined) continue;
    entrants.push({ name: contender.name, child, open });
    contenders.push(contender);
  }
  const onRound = (/** @type {number} */ round) => console.error(`${load.title}: round ${round} of ${plan.rounds}`);
  return { load, contenders, rounds: await measureRounds(entrants, plan, onRound) };
}

/**
 * @param {Scenario} scenario
 * @param {Plan} plan
 * @param {import("./report.js").Measured[]} measured
 */
function printResult(scenario, plan, measured) {
  const { unit = "request", baselines, aims } = scenario;
  console.log(
    `${plan.rounds} rounds of ${plan.requests} ${unit}s in turns of ${plan.turn}, ${plan.connections} at once; medians, ratios of the same round with [quartiles]\n`,
  );
  console.log(`${scenarioTable({ unit, baselines, aims, measured })}\n`);
  for (const { load, rounds } of measured) {
    if (rounds.length < plan.rounds)
      console.log(`${load.title}: only ${rounds.length} of the rounds, for want of time\n`);
  }
  for (const line of wrongAnswers(measured)) console.log(line);
  if (isPinned) console.log(describeDisturbance(measured.flatMap(({ rounds }) => rounds)));
}
