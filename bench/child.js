/**
 * Child processes, each pinned to the core it is meant to run on.
 *
 * @module
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const answerTimeoutMs = 20_000;
const keptErrorLength = 4000;

/** The contenders run alone on one core; the load and the provider use the other. */
export const serverCore = 0;
export const loadCore = 1;

/** Moves this process to the core of the load; false where the machine does not allow it. */
export function pinLoad() {
  try {
    execFileSync("taskset", ["-c", String(serverCore), "true"], { stdio: "ignore" });
    execFileSync("taskset", ["-a", "-c", "-p", String(loadCore), String(process.pid)], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/**
 * A program that answers one question at a time.
 *
 * @typedef {object} Child
 * @property {<Answer>(question?: import("node:child_process").Serializable) => Promise<Answer>} ask - Sends the question, when there is one, and resolves with the
 *   next answer; rejects when the child ends or stays silent.
 * @property {() => Promise<void>} stop
 */

/**
 * Starts a program of this folder.
 *
 * @param {string} program
 * @param {object} [options]
 * @param {number} [options.core] - Where it runs. Left out: wherever it likes.
 * @param {string[]} [options.nodeOptions]
 * @returns {Child}
 */
export function startChild(program, { core, nodeOptions = [] } = {}) {
  const pin = core === undefined ? [] : ["taskset", "-c", String(core)];
  const file = fileURLToPath(new URL(program, import.meta.url));
  const [command, ...args] = [...pin, process.execPath, ...nodeOptions, file];
  const child = spawn(command, args, {
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    errors = (errors + text).slice(-keptErrorLength);
  });
  const ended = once(child, "exit");

  /**
   * @template Answer
   * @param {import("node:child_process").Serializable} [question]
   * @returns {Promise<Answer>}
   */
  async function ask(question) {
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, AbortSignal.timeout(answerTimeoutMs)]);
    try {
      const answered = once(child, "message", { signal });
      if (question !== undefined) child.send(question);
      const [answer] = await Promise.race([answered, ended.then(throwEnded)]);
      return answer;
    } catch (cause) {
      throw new Error(`no answer from ${program}\n${errors}`, { cause });
    } finally {
      done.abort();
    }
  }

  /** @returns {never} */
  function throwEnded() {
    throw new Error("it has ended");
  }

  async function stop() {
    if (child.connected) child.disconnect();
    await ended;
  }

  return { ask, stop };
}
