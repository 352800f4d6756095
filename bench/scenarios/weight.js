/**
 * The weight: what is installed, how long its import takes, and what a login takes in the store and on the heap.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "../child.js";
import { importTime, install, pack } from "../install.js";
import { openLogins } from "../login-load.js";
import { layOut, met, ratioText } from "../report.js";
import { quartiles } from "../statistics.js";
import { serve, startProvider } from "./guarded-route.js";

/**
 * What an app installs, and the contender that keeps logins with it.
 *
 * @typedef {object} Stack
 * @property {string} title
 * @property {string[]} [packages] - Left out: those of the row above.
 * @property {string} [contender] - Left out: nothing is kept on the server.
 * @property {string} [start] - Where its login begins. Left out: the guarded page.
 * @property {boolean} [isOurs]
 * @property {boolean} [needsExpress]
 */
/** @typedef {{ storedBytes: number, heapBytes: number }} Kept */
/** @typedef {{ heap: number, entries: number, bytes: number }} Weighed */

const ours = "express-oidc";
const megabyte = 1e6;
const visitorsAtOnce = 8;
const warmUp = 200;
const timeoutMs = 600_000;
const goals = { bytes: 4 * megabyte, packages: 18, importRatio: 2, storedRatio: 1.5 };

/** @type {Stack} */
const passportStack = {
  title: "passport, passport-openidconnect, express-session",
  packages: ["passport", "passport-openidconnect", "express-session"],
  contender: "passport-openidconnect",
  start: "/login",
};

/** @type {Stack[]} */
const stacks = [
  { title: "express-oidc", packages: [ours], contender: "express-oidc", isOurs: true },
  { title: "express-oidc, own carrier", contender: "express-oidc-own-carrier", isOurs: true },
  passportStack,
  {
    title: "openid-client, express-session",
    packages: ["openid-client", "express-session"],
    contender: "express-session",
    start: "/login",
  },
  // It can't be imported without express.
  { title: "express-openid-connect, cookie", packages: ["express-openid-connect"], needsExpress: true },
];

export const title = "weight, without express";

/** A round is one import of each. */
export const pace = { thorough: { rounds: 15 }, quick: { rounds: 5 } };

/**
 * @param {import("../run.js").TrialPlan} plan
 * @returns {Promise<string>}
 */
export async function run({ rounds, isQuick, core, onRound }) {
  const logins = isQuick ? 1000 : 10_000;
  const folder = mkdtempSync(join(tmpdir(), "express-oidc-weight-"));
  try {
    const installed = installAll(folder);
    /** @type {Map<Stack, number>[]} */
    const imports = [];
    while (imports.length < rounds) {
      imports.push(importAll(installed, core));
      onRound(imports.length);
    }
    const { kept, tokenBytes } = await keepAll(logins, core);
    const head = [
      "",
      "on disk, MB",
      "packages",
      "import, ms",
      "÷ passport's stack",
      `stored per login, bytes (tokens: ${tokenBytes})`,
      `heap of ${logins} logins, MB`,
      "goal",
    ];
    return layOut([head, ...stacks.map((stack) => rowOf(stack, { installed, imports, kept, tokenBytes }))]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @typedef {Map<Stack, { folder: string, names: string[], bytes: number, packages: number }>} Installed */

/**
 * @param {string} folder
 * @returns {Installed}
 */
function installAll(folder) {
  const tarball = pack(folder);
  return new Map(
    stacks.flatMap((stack, number) => {
      const { packages: names } = stack;
      if (names === undefined) return [];
      const its = join(folder, String(number));
      const sources = names.map((name) => (name === ours ? tarball : name));
      return [[stack, { folder: its, names, ...install(its, sources) }]];
    }),
  );
}

/**
 * @param {Installed} installed
 * @param {number | undefined} core
 */
function importAll(installed, core) {
  const importable = [...installed].filter(([{ needsExpress }]) => needsExpress !== true);
  return new Map(importable.map(([stack, { folder, names }]) => [stack, importTime(folder, names, core)]));
}

/**
 * What the logins take that each contender keeps, after a few that it has warmed up with.
 *
 * @param {number} logins
 * @param {number | undefined} core
 */
async function keepAll(logins, core) {
  const { provider, stop } = await startProvider();
  /** @type {Map<Stack, Kept>} */
  const kept = new Map();
  try {
    for (const stack of stacks) {
      const { contender: name, title: its, start = "/me" } = stack;
      if (name === undefined) continue;
      const child = startChild("server.js", { ...(core !== undefined && { core }), nodeOptions: ["--expose-gc"] });
      const page = new URL(`http://127.0.0.1:${await serve(child, { name, title: its }, provider)}/me`);
      const load = await openLogins({ page, start: new URL(start, page) }, visitorsAtOnce);
      const { wrong: early } = await load.run(warmUp, timeoutMs);
      const before = await weigh(child);
      const { wrong } = await load.run(logins, timeoutMs);
      const after = await weigh(child);
      load.close();
      await child.stop();
      if (early + wrong > 0) throw new Error(`${its}: ${early + wrong} logins failed`);
      kept.set(stack, { storedBytes: (after.bytes - before.bytes) / logins, heapBytes: after.heap - before.heap });
    }
  } finally {
    await stop();
  }
  return { kept, tokenBytes: provider.tokenBytes };
}

/**
 * @param {import("../child.js").Child} child
 * @returns {Promise<Weighed>}
 */
function weigh(child) {
  return child.ask("weight");
}

/**
 * @param {Stack} stack
 * @param {{ installed: Installed, imports: Map<Stack, number>[], kept: Map<Stack, Kept>, tokenBytes: number }} measured
 */
function rowOf(stack, { installed, imports, kept, tokenBytes }) {
  const disk = installed.get(stack);
  const its = kept.get(stack);
  const times = quartiles(imports.map((round) => round.get(stack) ?? Number.NaN));
  const ratio = quartiles(
    imports.map((round) => (round.get(stack) ?? Number.NaN) / (round.get(passportStack) ?? Number.NaN)),
  );
  const verdicts = [
    ...(disk === undefined
      ? []
      : [
          `≤ ${goals.bytes / megabyte} MB: ${met(disk.bytes <= goals.bytes)}`,
          `≤ ${goals.packages} packages: ${met(disk.packages <= goals.packages)}`,
          `import ≤ ${goals.importRatio} × passport's stack: ${met(ratio.median <= goals.importRatio)}`,
        ]),
    ...(its === undefined
      ? []
      : [`stored ≤ ${goals.storedRatio} × the tokens: ${met(its.storedBytes <= goals.storedRatio * tokenBytes)}`]),
  ];
  return [
    stack.title,
    disk === undefined ? "" : (disk.bytes / megabyte).toFixed(1),
    disk === undefined ? "" : String(disk.packages),
    Number.isNaN(times.median) ? "" : times.median.toFixed(0),
    Number.isNaN(times.median) ? "" : stack === passportStack ? "1" : ratioText(ratio),
    its === undefined ? "" : its.storedBytes.toFixed(0),
    its === undefined ? "" : (its.heapBytes / megabyte).toFixed(1),
    stack.isOurs ? verdicts.join("; ") : "",
  ];
}
