import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readManifest } from "./built-package.js";
import { root } from "./source-tree.js";

const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
});
const files = tracked
  .split("\n")
  .filter((path) => path !== "" && !path.endsWith("package-lock.json") && existsSync(join(root, path)))
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

/** Where a pattern is found, as path:line. */
function placesOf(pattern: RegExp, among: RegExp): readonly string[] {
  return files
    .filter(({ path }) => among.test(path))
    .flatMap(({ path, text }) =>
      text.split("\n").flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}`] : [])),
    );
}

describe("the repository", () => {
  test("has sources in plain ASCII, but for the section sign; prose and what examples and bench print may have more", () => {
    const code = /^(src|test|\.ci)\/.*\.(ts|js|json)$|^(package|tsconfig)\.json$|^\.ci\/run$/;
    expect(placesOf(/[^\t\x20-\x7e\xa7]/, code)).toEqual([]);
  });

  test("leaves no test out and singles none out", () => {
    expect(placesOf(/\b(test|it|describe|suite)(\.\w+)*\.(only|skip|skipIf|runIf|todo|fails)\b/, /^test\//)).toEqual(
      [],
    );
  });

  test("has no marks of unfinished work", () => {
    const marks = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`);
    expect(placesOf(marks, /./)).toEqual([]);
  });

  test("does not silence the compiler", () => {
    expect(placesOf(/@ts-(ignore|nocheck)/, /^(src|examples|bench|\.ci)\//)).toEqual([]);
  });

  test("names no folder of the machine that it was written on", () => {
    const folders = ["work/(main|shared)", "tmp/", "root/", "home/\\w+/", "Users/\\w+/"].join("|");
    expect(placesOf(new RegExp(`(^|[\\s"'\`(=:])/(${folders})`), /./)).toEqual([]);
  });

  test("has one program for CI, which checks and tests", () => {
    const program = files.find(({ path }) => path === ".ci/run")?.text ?? "";
    expect(program).toMatch(/^npm test\b/m);
    expect(program).toMatch(/^npm run .*\bcheck\b/m);
  });

  test("gives a reason for every dependency in docs/architecture.md", () => {
    const text = files.find(({ path }) => path === "docs/architecture.md")?.text ?? "";
    const { dependencies, devDependencies, peerDependencies } = readManifest();
    const names = Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies });
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
