/**
 * The measuring: every contender once a round, in an order that moves on by one each round, so that whatever
 * disturbs the machine for a while disturbs all of them alike.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { serverCore } from "./child.js";
import { openLoad } from "./load.js";

const runTimeoutMs = 60_000;
const ticksPerSecond = 100;

/**
 * @typedef {object} Entrant
 * @property {string} name
 * @property {import("./child.js").Child} child
 * @property {import("./load.js").Target} target
 */

/**
 * One contender in one round.
 *
 * @typedef {object} Sample
 * @property {number} cpu - Microseconds of the server process per request, all its threads together.
 * @property {number} rate - Requests per second.
 * @property {number} wrong - Answers that were not 200 with the right body.
 * @property {number} disturbance - The share of the server's core that other programs took; NaN where the system does not tell.
 */

/** @typedef {{ rounds: number, requests: number, warmUp: number, firstWarmUp: number, connections: number, limitMs: number }} Plan */

/**
 * Runs the rounds; fewer than planned when the time limit would be passed.
 *
 * @param {Entrant[]} entrants
 * @param {Plan} plan
 * @param {(round: number) => void} onRound
 * @returns {Promise<Map<string, Sample>[]>} the samples of each round by the contender's name.
 */
export async function measureRounds(entrants, plan, onRound) {
  const limit = performance.now() + plan.limitMs;
  for (const entrant of entrants) await measure(entrant, { ...plan, warmUp: 0, requests: plan.firstWarmUp });

  /** @type {Map<string, Sample>[]} */
  const rounds = [];
  let longest = 0;
  while (rounds.length < plan.rounds && performance.now() + longest < limit) {
    const start = performance.now();
    const first = rounds.length % entrants.length;
    const samples = new Map();
    for (const entrant of [...entrants.slice(first), ...entrants.slice(0, first)]) {
      samples.set(entrant.name, await measure(entrant, plan));
    }
    rounds.push(samples);
    longest = Math.max(longest, performance.now() - start);
    onRound(rounds.length);
  }
  return rounds;
}

/**
 * @param {Entrant} entrant
 * @param {Plan} plan
 * @returns {Promise<Sample>}
 */
async function measure({ name, child, target }, { requests, warmUp, connections }) {
  const load = await openLoad(target, connections);
  try {
    const warm = await load.run(warmUp, runTimeoutMs);
    const before = await askCpu(child);
    const busyBefore = readBusy();
    const start = performance.now();
    const { wrong } = await load.run(requests, runTimeoutMs);
    const seconds = (performance.now() - start) / 1000;
    const busy = readBusy() - busyBefore;
    const used = (await askCpu(child)) - before;
    return {
      cpu: used / requests,
      rate: requests / seconds,
      wrong: wrong + warm.wrong,
      disturbance: Math.max(0, busy - used / 1e6) / seconds,
    };
  } catch (cause) {
    throw new Error(`${name} could not be measured`, { cause });
  } finally {
    load.close();
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
