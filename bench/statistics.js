/**
 * The middle of a set of numbers, and how far apart they lie.
 *
 * @module
 */

/** @typedef {{ median: number, lower: number, upper: number }} Quartiles */

/**
 * The median and the quartiles, between neighbours by straight line.
 *
 * @param {number[]} numbers - At least one.
 * @returns {Quartiles}
 */
export function quartiles(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return { lower: quantile(sorted, 0.25), median: quantile(sorted, 0.5), upper: quantile(sorted, 0.75) };
}

/**
 * @param {number[]} sorted
 * @param {number} share
 */
function quantile(sorted, share) {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}
