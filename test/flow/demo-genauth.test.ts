/**
 * The demo on an emulated GenAuth, as `npm start -- --check --genauth` walks through it.
 * @module
 */
import { expect, test } from "vitest";
import { check } from "../../examples/demo/check.js";

test("the demo with GenAuth works from the first step to the last", async () => {
  const lines: string[] = [];
  expect(await check((line) => lines.push(line), { genauth: true })).toBe(true);
  expect(lines.length).toBeGreaterThan(5);
});
