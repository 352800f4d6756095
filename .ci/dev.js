/**
 * `npm run dev`: compiles whenever a file changes and starts the demo anew.
 * @module
 */
import { join } from "node:path";
import { buildExamples, buildLibrary } from "./build.js";
import { ensurePackages } from "./packages.js";
import { endWithNpm, root, run } from "./process.js";

endWithNpm();
await ensurePackages();
await buildLibrary();
await buildExamples();

// The program behind TypeScript's launcher: the launcher passes no signal on, so its watch would outlive this one.
const launcher = new URL("../node_modules/typescript/lib/getExePath.js", import.meta.url);
const { default: compilerPath } = await import(launcher.href);
const tsc = compilerPath();

const watching = ["--watch", "--preserveWatchOutput"];
const demo = join(root, "build", "examples", "demo", "start.js");
const codes = await Promise.all([
  run(tsc, ["-p", "src", ...watching]),
  run(tsc, ["-p", "examples", ...watching]),
  run(process.execPath, ["--watch", "--watch-preserve-output", demo, ...process.argv.slice(2)]),
]);
process.exit(Math.max(...codes));
