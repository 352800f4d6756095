/**
 * The measuring: in every round the contenders take short turns, in an order that moves on by one each time, so that whatever
 * disturbs the machine for a while disturbs all of them alike. The clock of a shared machine may change by a third within seconds.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { serverCore } from "./child.js";

const runTimeoutMs = 60_000;
const ticksPerSecond = 100;

/**
 * @typedef {object} Entrant
 * @property {string} name
 * @property {import("./child.js").Child} child
 * @property {OpenLoad} open - Opens so many connections.
 */

/** @typedef {{ run: (requests: number, timeoutMs: number) => Promise<{ wrong: number }>, close: () => void }} Load */
/** @typedef {(connections: number) => Promise<Load>} OpenLoad */

/**
 * One contender in one round.
 *
 * @typedef {object} Sample
 * @property {number} cpu - Microseconds of the server process per request, all its threads together.
 * @property {number} rate - Requests per second.
 * @property {number} wrong - Answers that were not 200 with the right body.
 * @property {number} disturbance - The share of the server's core that other programs took; NaN where the system does not tell.
 */

/** @typedef {{ rounds: number, requests: number, turn: number, warmUp: number, connections: number, limitMs: number }} Plan */

/**
 * Runs the rounds; fewer than planned when the time limit would be passed, but one at least.
 *
 * @param {Entrant[]} entrants
 * @param {Plan} plan
 * @param {(round: number) => void} onRound
 * @returns {Promise<Map<string, Sample>[]>} the samples of each round by the contender's name.
 */
export async function measureRounds(entrants, plan, onRound) {
  const limit = performance.now() + plan.limitMs;
  /** @type {(Entrant & { load: Load })[]} */
  const loaded = [];
  try {
    for (const entrant of entrants) loaded.push({ ...entrant, load: await entrant.open(plan.connections) });
    await takeTurns(loaded, plan.warmUp, plan.turn);

    /** @type {Map<string, Sample>[]} */
    const rounds = [];
    let longest = 0;
    while (rounds.length < plan.rounds && (rounds.length === 0 || performance.now() + longest < limit)) {
      const start = performance.now();
      rounds.push(await takeTurns(loaded, plan.requests, plan.turn));
      longest = Math.max(longest, performance.now() - start);
      onRound(rounds.length);
    }
    return rounds;
  } finally {
    for (const { load } of loaded) load.close();
  }
}

/**
 * One round.
 *
 * @param {(Entrant & { load: Load })[]} entrants
 * @param {number} requests - Of each.
 * @param {number} turn - How many of them before the next one's turn.
 * @returns {Promise<Map<string, Sample>>}
 */
async function takeTurns(entrants, requests, turn) {
  const sums = new Map(entrants.map(({ name }) => [name, { cpu: 0, seconds: 0, wrong: 0, busy: 0 }]));
  for (let done = 0; done < requests; done += turn) {
    const first = (done / turn) % entrants.length;
    for (const entrant of [...entrants.slice(first), ...entrants.slice(0, first)]) {
      const { cpu, seconds, wrong, busy } = await measure(entrant, turn);
      const sum = sums.get(entrant.name);
      if (sum === undefined) continue;
      sum.cpu += cpu;
      sum.seconds += seconds;
      sum.wrong += wrong;
      sum.busy += busy;
    }
  }
  const asked = Math.ceil(requests / turn) * turn;
  return new Map(
    [...sums].map(([name, { cpu, seconds, wrong, busy }]) => [
      name,
      { cpu: cpu / asked, rate: asked / seconds, wrong, disturbance: Math.max(0, busy - cpu / 1e6) / seconds },
    ]),
  );
}

/**
 * @param {Entrant & { load: Load }} entrant
 * @param {number} requests
 */
async function measure({ name, child, load }, requests) {
  try {
    const before = await askCpu(child);
    const busyBefore = readBusy();
    const start = performance.now();
    const { wrong } = await load.run(requests, runTimeoutMs);
    const seconds = (performance.now() - start) / 1000;
    const busy = readBusy() - busyBefore;
    return { cpu: (await askCpu(child)) - before, seconds, wrong, busy };
  } catch (cause) {
    throw new Error(`${name} could not be measured`, { cause });
  }
}

/**
 * @param {import("./child.js").Child} child
 * @returns {Promise<number>} microseconds since its start.
 */
async function askCpu(child) {
  /** @type {NodeJS.CpuUsage} */
  const { user, system } = await child.ask("cpu");
  return user + system;
}

/** Seconds that the server's core has worked for programs since the machine started, or was taken from it (proc(5), /proc/stat). */
function readBusy() {
  if (process.platform !== "linux") return Number.NaN;
  const line = readFileSync("/proc/stat", "utf8").split("\n")[serverCore + 1] ?? "";
  const [, user, nice, system, , , , , steal] = line.split(/\s+/).map(Number);
  const ticks = (user ?? Number.NaN) + (nice ?? 0) + (system ?? 0) + (steal ?? 0);
  return ticks / ticksPerSecond;
}
