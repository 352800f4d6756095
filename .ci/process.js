/**
 * Runs other programs on behalf of the npm scripts.
 * @module
 */
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder, wherever the script was started from. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Runs a program with this terminal as its own and answers its exit code.
 *
 * A signal sent to this process reaches the program too, so a stopped script leaves nothing running.
 */
export function run(command, args, { cwd = root, env = {} } = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: "inherit" });
  return finished(child);
}

/** Runs a program silently and answers its exit code and everything it printed. */
export async function runQuietly(command, args, { cwd = root, env = {} } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = [];
  child.stdout.on("data", (chunk) => printed.push(chunk));
  child.stderr.on("data", (chunk) => printed.push(chunk));
  const code = await finished(child).catch((error) => {
    printed.push(Buffer.from(`${error.message}\n`));
    return 1;
  });
  return { code, output: Buffer.concat(printed).toString() };
}

/** Runs npm: the one that runs this script, when there is one. */
export function npm(args, options) {
  const path = process.env.npm_execpath;
  return path?.endsWith(".js")
    ? runQuietly(process.execPath, [path, ...args], options)
    : runQuietly("npm", args, options);
}

/**
 * Stops this process when the npm that started it is gone.
 *
 * npm runs a script through a shell, and the shell passes no signal on: without this, stopping npm leaves the script running.
 */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = () => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  };
  const timer = setInterval(watch, 200);
  timer.unref();
}

/** Prints why a step failed and ends the script with an exit code of 1. */
export function fail(message, output = "") {
  if (output.trim() !== "") console.error(output.trimEnd());
  console.error(message);
  process.exit(1);
}

function finished(child) {
  const forward = (signal) => {
    // Ctrl-C in a terminal goes to the whole group: the child has had it already.
    if (signal === "SIGINT" && process.stdin.isTTY) return;
    child.kill(signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? 128 + (signal === "SIGINT" ? 2 : 15));
    });
  });
}
