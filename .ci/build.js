/**
 * `npm run build`: src to dist, examples to build/examples.
 * @module
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensurePackages } from "./packages.js";
import { fail, root, runQuietly } from "./process.js";

/** The compiler, started through Node so that it works where .bin does not. */
export const tsc = join(root, "node_modules", "typescript", "bin", "tsc");

/** Compiles the library. Files in dist whose source is gone are removed, so they are never packed. */
export async function buildLibrary() {
  await compile("src");
  removeOrphans(join(root, "src"), join(root, "dist"));
}

/** Compiles the examples. They import the library as a user does, so it must have been built. */
export async function buildExamples() {
  await compile("examples");
  removeOrphans(join(root, "examples"), join(root, "build", "examples"));
}

async function compile(project) {
  const { code, output } = await runQuietly(process.execPath, [tsc, "-p", project, "--pretty", "false"]);
  if (code !== 0) fail(`${project} does not compile.`, output);
}

// Not emptied before compiling: a program that runs from the folder would lose its files for a moment.
function removeOrphans(sources, target) {
  if (!existsSync(target)) return;
  for (const name of readdirSync(target, { recursive: true })) {
    const source = String(name).replace(/(\.d\.ts|\.js)$/, ".ts");
    if (source !== name && !existsSync(join(sources, source))) rmSync(join(target, name));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await ensurePackages();
  await buildLibrary();
  await buildExamples();
}
