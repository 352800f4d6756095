/**
 * The bench: `npm run bench` measures express-oidc beside its peers and prints what each costs.
 *
 *   --quick            three short rounds, to see that it runs
 *   --rounds <n>       as many rounds
 *   --only <a,b>       these contenders only
 *   --scenario <name>  memory or redis; else both
 *   --profile <folder> leaves a CPU profile of every contender there; the figures are then too high
 *
 * The figures are printed beside the aims and judged by whoever reads them: the exit code only says whether it ran.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadCore, pinLoad, serverCore, startChild } from "./child.js";
import { describeDisturbance, describeMachine, ratio, ratioText, table } from "./report.js";
import { measureRounds } from "./rounds.js";
import * as guardedRoute from "./scenarios/guarded-route.js";
import * as guardedRouteRedis from "./scenarios/guarded-route-redis.js";

/** @type {Readonly<Record<string, Scenario>>} */
const scenarios = { memory: guardedRoute, redis: guardedRouteRedis };
const thorough = { rounds: 13, requests: 3000, turn: 250, warmUp: 6000, connections: 16, limitMs: 200_000 };
const quick = { rounds: 3, requests: 1500, turn: 250, warmUp: 2000, connections: 16, limitMs: 60_000 };

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    only: { type: "string" },
    scenario: { type: "string" },
    profile: { type: "string" },
  },
});
const plan = {
  ...(flags.quick ? quick : thorough),
  ...(flags.rounds !== undefined && { rounds: Number(flags.rounds) }),
};
if (!Number.isInteger(plan.rounds) || plan.rounds < 1) throw new Error("--rounds takes a whole number from 1");

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
 * @typedef {Pick<typeof guardedRoute, "title" | "contenders" | "baselines" | "aims" | "provider" | "prepare" | "missing"> & { startBeside(): Promise<{ surroundings: object, stop: () => Promise<void> } | undefined> }} Scenario
 */

/** @param {Scenario} scenario */
async function runScenario(scenario) {
  console.log(`\n${scenario.title}\n`);
  const beside = await scenario.startBeside();
  if (beside === undefined) {
    console.log(scenario.missing);
    return;
  }
  const provider = startChild(scenario.provider);
  /** @type {import("./child.js").Child[]} */
  const children = [provider];
  try {
    const { entrants, contenders } = await prepareAll(
      scenario,
      { ...(await provider.ask()), ...beside.surroundings },
      children,
    );
    const rounds = await measureRounds(entrants, plan, (round) => console.error(`round ${round} of ${plan.rounds}`));
    print(scenario, contenders, rounds);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    await beside.stop();
  }
}

/**
 * @param {Scenario} scenario
 * @param {{ issuer: string, sub: string, redisUrl?: string }} provider
 * @param {import("./child.js").Child[]} children - To which every started one is added.
 */
async function prepareAll(scenario, provider, children) {
  const wanted = flags.only?.split(",");
  /** @type {import("./rounds.js").Entrant[]} */
  const entrants = [];
  /** @type {guardedRoute.Contender[]} */
  const contenders = [];
  for (const contender of scenario.contenders) {
    if (wanted !== undefined && !wanted.includes(contender.name)) continue;
    const { child, target, weakness } = await scenario.prepare(contender, provider, placement(contender));
    children.push(child);
    if (weakness === undefined) {
      entrants.push({ name: contender.name, child, target });
      contenders.push(contender);
    } else {
      console.log(`${contender.title} is refused, not measured: ${weakness}`);
    }
  }
  return { entrants, contenders };
}

/** @param {guardedRoute.Contender} contender */
function placement({ name }) {
  const nodeOptions =
    flags.profile === undefined
      ? []
      : ["--cpu-prof", `--cpu-prof-dir=${flags.profile}`, `--cpu-prof-name=${name}.cpuprofile`];
  return { ...(isPinned && { core: serverCore }), nodeOptions };
}

/**
 * @param {Scenario} scenario
 * @param {guardedRoute.Contender[]} contenders
 * @param {import("./report.js").Rounds} rounds
 */
function print(scenario, contenders, rounds) {
  const baselines = contenders.filter(({ name }) => scenario.baselines.includes(name));
  const shared = { contenders, baselines, rounds };
  console.log(
    `${rounds.length} rounds of ${plan.requests} requests in turns of ${plan.turn} over ${plan.connections} connections; medians, ratios of the same round with [quartiles]\n`,
  );
  console.log(`${table({ ...shared, caption: "CPU per request, µs", measure: "cpu" })}\n`);
  console.log(`${table({ ...shared, caption: "requests per second", measure: "rate" })}\n`);

  const titles = new Map(contenders.map(({ name, title }) => [name, title]));
  for (const [name, title] of titles) {
    const wrong = rounds.reduce((sum, samples) => sum + (samples.get(name)?.wrong ?? 0), 0);
    if (wrong > 0) console.log(`${title}: ${wrong} answers were wrong, its figures do not count`);
  }
  if (isPinned) console.log(describeDisturbance(rounds));
  for (const { contender, baseline, atMost } of scenario.aims) {
    if (!titles.has(contender) || !titles.has(baseline)) continue;
    const reached = ratioText(ratio(rounds, "cpu", contender, baseline));
    console.log(
      `CPU of ${titles.get(contender)} ÷ ${titles.get(baseline)}: ${reached}, aim at most ${atMost.toFixed(2)}`,
    );
  }
}
