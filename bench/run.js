/**
 * The bench: `npm run bench` measures express-oidc beside its peers and prints what each costs.
 *
 *   --quick            three short rounds, to see that it runs
 *   --rounds <n>       as many rounds
 *   --only <a,b>       these contenders only
 *   --scenario <name>  memory, redis or bearer; else all
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
import { describeDisturbance, describeMachine, judgements, overview, table, wrongAnswers } from "./report.js";
import { measureRounds } from "./rounds.js";
import * as bearer from "./scenarios/bearer.js";
import * as guardedRoute from "./scenarios/guarded-route.js";
import * as guardedRouteRedis from "./scenarios/guarded-route-redis.js";

/** @type {Readonly<Record<string, Scenario>>} */
const scenarios = { memory: guardedRoute, redis: guardedRouteRedis, bearer };
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
if (flags.scenario !== undefined && !(flags.scenario in scenarios))
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
  if (flags.scenario === undefined || flags.scenario === name) await runScenario(scenario);
}

/**
 * @typedef {object} Scenario
 * @property {string} title
 * @property {readonly Contender[]} contenders
 * @property {readonly Load[]} loads - What is asked, one after the other.
 * @property {readonly string[]} baselines - What the others are compared with, by name.
 * @property {readonly { load?: string, contender: string, baseline: string, atMost: number }[]} aims - CPU per request, as a share of
 *   the baseline's; with every load, or with the one that is named.
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
 * @property {number} port
 * @property {string} path
 * @property {string | undefined} weakness - What it lets through.
 * @property {(load: any) => Promise<readonly import("./load.js").Call[] | undefined>} callsFor - Undefined where it can't take part.
 */

/** @param {Scenario} scenario */
async function runScenario(scenario) {
  const plan = planFor(scenario);
  console.log(`\n${scenario.title}\n`);
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

/** @param {Scenario} scenario */
function planFor({ pace }) {
  const plan = {
    ...(flags.quick ? { ...quick, ...pace.quick } : { ...thorough, ...pace.thorough }),
    ...(flags.rounds !== undefined && { rounds: Number(flags.rounds) }),
  };
  if (!Number.isInteger(plan.rounds) || plan.rounds < 1) throw new Error("--rounds takes a whole number from 1");
  return plan;
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
  for (const [contender, { child, port, path, callsFor }] of prepared) {
    const calls = await callsFor(load);
    if (calls === undefined) continue;
    entrants.push({ name: contender.name, child, target: { port, path, calls } });
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
  console.log(
    `${plan.rounds} rounds of ${plan.requests} requests in turns of ${plan.turn} over ${plan.connections} connections; medians, ratios of the same round with [quartiles]\n`,
  );
  const isOnly = scenario.loads.length === 1;
  for (const { load, contenders, rounds } of measured) {
    const baselines = contenders.filter(({ name }) => scenario.baselines.includes(name));
    const shared = { contenders, baselines, rounds };
    const prefix = isOnly ? "" : `${load.title}: `;
    console.log(`${table({ ...shared, caption: `${prefix}CPU per request, µs`, measure: "cpu" })}\n`);
    if (isOnly) console.log(`${table({ ...shared, caption: "requests per second", measure: "rate" })}\n`);
    if (rounds.length < plan.rounds) console.log(`${prefix}only ${rounds.length} of the rounds, for want of time\n`);
  }
  if (!isOnly) {
    for (const baseline of scenario.contenders.filter(({ name }) => scenario.baselines.includes(name)))
      console.log(`${overview(`CPU ÷ ${baseline.title}`, baseline.name, measured)}\n`);
  }
  for (const line of [...wrongAnswers(measured), ...judgements(scenario.aims, measured)]) console.log(line);
  if (isPinned) console.log(describeDisturbance(measured.flatMap(({ rounds }) => rounds)));
}
