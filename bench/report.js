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
 * One table: the contender's own median, then its ratio to each baseline as the median of the rounds with the quartiles.
 *
 * @param {object} what
 * @param {string} what.caption
 * @param {Measure} what.measure
 * @param {Contender[]} what.contenders
 * @param {Contender[]} what.baselines
 * @param {Rounds} what.rounds
 */
export function table({ caption, measure, contenders, baselines, rounds }) {
  const head = [caption, "median", ...baselines.map(({ title }) => `÷ ${title}`)];
  const rows = contenders.map(({ name, title }) => [
    title,
    quartiles(rounds.map((samples) => samples.get(name)?.[measure] ?? Number.NaN)).median.toFixed(0),
    ...baselines.map((baseline) =>
      baseline.name === name ? "1" : ratioText(ratio(rounds, measure, name, baseline.name)),
    ),
  ]);
  return layOut([head, ...rows]);
}

/**
 * What each contender costs as a share of one of them, load by load.
 *
 * @param {string} caption
 * @param {string} baseline
 * @param {Measured[]} measured
 */
export function overview(caption, baseline, measured) {
  const titles = new Map(measured.flatMap(({ contenders }) => contenders.map(({ name, title }) => [name, title])));
  const rows = [...titles].map(([name, title]) => [
    title,
    ...measured.map(({ rounds }) => {
      const { median } = ratio(rounds, "cpu", name, baseline);
      return Number.isNaN(median) ? "" : median.toFixed(2);
    }),
  ]);
  return layOut([[caption, ...measured.map(({ load }) => load.title)], ...rows]);
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
 * Whether the aims were met, by the median.
 *
 * @param {readonly { load?: string, contender: string, baseline: string, atMost: number }[]} aims
 * @param {Measured[]} measured
 */
export function judgements(aims, measured) {
  return measured.flatMap(({ load, contenders, rounds }) => {
    const titles = new Map(contenders.map(({ name, title }) => [name, title]));
    return aims.flatMap(({ load: its = load.name, contender, baseline, atMost }) => {
      if (its !== load.name || !titles.has(contender) || !titles.has(baseline)) return [];
      const reached = ratio(rounds, "cpu", contender, baseline);
      const verdict =
        rounds.length < fewestRounds ? "too few rounds to tell" : reached.median <= atMost ? "met" : "not met";
      return `${load.title}: CPU of ${titles.get(contender)} ÷ ${titles.get(baseline)}: ${ratioText(reached)}, aim at most ${atMost.toFixed(2)}, ${verdict}`;
    });
  });
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

/** @param {string[][]} rows */
function layOut(rows) {
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
