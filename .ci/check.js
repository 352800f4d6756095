/**
 * `npm run check`: format, build, lint, types and package, one line each. What a step prints is shown only when it fails.
 * @module
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tsc } from "./build.js";
import { ensurePackages } from "./packages.js";
import { npm, root, runQuietly } from "./process.js";

const bin = (name) => join(root, "node_modules", ".bin", name);
const packed = join(root, "build", "package");

// The build comes before what reads dist: the linter's types for the examples, and the package.
const steps = [
  {
    name: "format",
    run: () => runQuietly(bin("biome"), ["check", "--config-path=.ci/biome-rules.json", "--error-on-warnings", "."]),
  },
  { name: "build", run: () => runQuietly(process.execPath, [".ci/build.js"]) },
  {
    name: "lint",
    run: () => runQuietly(bin("oxlint"), ["-c", ".ci/oxlint.json", "--type-aware", "--deny-warnings", "."]),
  },
  { name: "types", run: () => compile(".") },
  {
    name: "types of bench",
    run: () => compile("bench", "--noEmit"),
    needs: ["bench/tsconfig.json", "bench/node_modules"],
  },
  { name: "package", run: checkPackage },
];

await ensurePackages();
let failed = 0;
for (const step of steps) {
  // The packages of the bench are heavy and its own: only who has installed them has it checked.
  if (!(step.needs ?? []).every((path) => existsSync(join(root, path)))) continue;
  const started = Date.now();
  const { code, output } = await step.run();
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${step.name} (${seconds} s)`);
  if (code === 0) continue;
  failed += 1;
  console.log(output.trim().replace(/^/gm, "       "));
}
process.exit(failed === 0 ? 0 : 1);

function compile(project, ...options) {
  return runQuietly(process.execPath, [tsc, "-p", project, "--pretty", "false", ...options]);
}

/** Packs once, as `npm publish` would, and lets both judges look at that tarball. */
async function checkPackage() {
  rmSync(packed, { recursive: true, force: true });
  mkdirSync(packed, { recursive: true });
  const pack = await npm(["pack", "--ignore-scripts", "--pack-destination", packed]);
  if (pack.code !== 0) return pack;
  const tarball = join(packed, readdirSync(packed)[0]);
  const verdicts = [
    await runQuietly(bin("publint"), ["run", tarball, "--strict"]),
    await runQuietly(bin("attw"), [tarball, "--profile", "esm-only", "--format", "ascii"]),
  ];
  return {
    code: Math.max(...verdicts.map(({ code }) => code)),
    output: verdicts.map(({ output }) => output).join("\n"),
  };
}
