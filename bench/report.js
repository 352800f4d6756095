/**
 * What was measured, as text.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { quartiles } from "./statistics.js";

/** With fewer no verdict is given. */
const fewestRounds = 3;

/** @typedef {Map<string, import("./rounds.js").Sample>[]} Rounds */
/** @typedef {{ name: string, title: string }} Contender */
/** @typedef {"cpu" | "rate"} Measure */
/** @typedef {{ load: { name: string, title: string }, contenders: Contender[], rounds: Rounds }} Measured - One load of a scenario. */

/**
 * CPU as a share of the baseline's; of several, of the one that costs least. With every load, or with the one that is named.
 *
 * @typedef {{ load?: string, contender: string, baseline: string | string[], atMost: number }} Aim
 */

/** The machine and the versions that the figures hold for. */
export function describeMachine() {
  const { dependencies } = readPackage("package.json");
  const { version } = readPackage("../package.json");
  const peers = Object.entries(dependencies).map(([name, its]) => `${name} ${its}`);
  return [
    `Node ${process.version} on ${process.platform} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}`,
    `express-oidc ${version}; ${peers.join(", ")}`,
  ].join("\n");
}

/**
 * How far the figures can be trusted: they are for a server that is alone on its core.
 *
 * @param {Rounds} rounds
 */
export function describeDisturbance(rounds) {
  const shares = rounds.flatMap((samples) => [...samples.values()].map(({ disturbance }) => disturbance * 100));
  const { median, upper } = quartiles(shares);
  return `Other programs took ${median.toFixed(0)} % of the server's core, in the worst quarter of the runs over ${upper.toFixed(0)} %.`;
}

/** @param {string} file */
function readPackage(file) {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
}

/**
 * One table for a scenario: each contender's own medians, its CPU as a share of each baseline's, as the median of the rounds with the
 * quartiles, and its goals.
 *
 * @param {object} what
 * @param {string} what.unit - What is counted.
 * @param {readonly string[]} what.baselines
 * @param {readonly Aim[]} what.aims
 * @param {Measured[]} what.measured
 */
export function scenarioTable({ unit, baselines, aims, measured }) {
  const isOnly = measured.length === 1;
  const titles = new Map(measured.flatMap(({ contenders }) => contenders.map(({ name, title }) => [name, title])));
  const compared = baselines.filter((name) => titles.has(name));
  const rows = measured.flatMap((one) =>
    one.contenders.map(({ name, title }) => [
      isOnly ? title : `${one.load.title}: ${title}`,
      medianOf(one.rounds, "cpu", name),
      medianOf(one.rounds, "rate", name),
      ...compared.map((baseline) => {
        if (baseline === name) return "1";
        const its = ratio(one.rounds, "cpu", name, baseline);
        return Number.isNaN(its.median) ? "" : ratioText(its);
      }),
      aims.flatMap((aim) => (aim.contender === name ? judge(aim, one) : [])).join("; "),
    ]),
  );
  const head = ["", `CPU per ${unit}, µs`, `${unit}s per second`, ...compared.map((name) => `÷ ${titles.get(name)}`)];
  return layOut([[...head, "goal"], ...rows]);
}

/**
 * @param {Rounds} rounds
 * @param {Measure} measure
 * @param {string} name
 */
function medianOf(rounds, measure, name) {
  return quartiles(rounds.map((samples) => samples.get(name)?.[measure] ?? Number.NaN)).median.toFixed(0);
}

/**
 * Whose answers were not the right ones.
 *
 * @param {Measured[]} measured
 */
export function wrongAnswers(measured) {
  return measured.flatMap(({ load, contenders, rounds }) =>
    contenders.flatMap(({ name, title }) => {
      const wrong = rounds.reduce((sum, samples) => sum + (samples.get(name)?.wrong ?? 0), 0);
      return wrong > 0 ? [`${title}, ${load.title}: ${wrong} answers were wrong, its figures do not count`] : [];
    }),
  );
}

/**
 * A goal, and whether it was met, by the median.
 *
 * @param {Aim} aim
 * @param {Measured} measured
 * @returns {string[]} nothing where it is about another load, or not all of it was measured.
 */
function judge({ load: its, contender, baseline, atMost }, { load, contenders, rounds }) {
  const rivals = contenders.filter(({ name }) => [baseline].flat().includes(name));
  const cpuOf = (/** @type {Contender} */ { name }) => Number(medianOf(rounds, "cpu", name));
  const [best] = rivals.toSorted((a, b) => cpuOf(a) - cpuOf(b));
  if ((its ?? load.name) !== load.name || best === undefined) return [];
  const { median } = ratio(rounds, "cpu", contender, best.name);
  const against = Array.isArray(baseline) ? `the best alternative (${best.title}: ${median.toFixed(2)})` : best.title;
  return [
    `≤ ${atMost.toFixed(2)} × ${against}: ${rounds.length < fewestRounds ? "too few rounds to tell" : met(median <= atMost)}`,
  ];
}

/** @param {boolean} is */
export function met(is) {
  return is ? "met" : "not met";
}

/**
 * The ratio of two contenders in the same round, over the rounds.
 *
 * @param {Rounds} rounds
 * @param {Measure} measure
 * @param {string} name
 * @param {string} baseline
 */
export function ratio(rounds, measure, name, baseline) {
  return quartiles(
    rounds.map(
      (samples) => (samples.get(name)?.[measure] ?? Number.NaN) / (samples.get(baseline)?.[measure] ?? Number.NaN),
    ),
  );
}

/** @param {import("./statistics.js").Quartiles} quartiles */
export function ratioText({ median, lower, upper }) {
  return `${median.toFixed(2)} [${lower.toFixed(2)}–${upper.toFixed(2)}]`;
}

/**
 * A table of which the first row is the head; the first column is text, the others figures.
 *
 * @param {string[][]} rows
 */
export function layOut(rows) {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  /** @param {string[]} row */
  const line = (row) => `| ${row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return rows.flatMap((row, index) => (index === 0 ? [line(row), rule] : [line(row)])).join("\n");
}

/**
 * @param {string} cell
 * @param {number} width
 * @param {number} column
 */
function pad(cell, width, column) {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
