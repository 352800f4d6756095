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

/** The entries of the package, as package.json exports them. */
const entries = ["index", "redis", "testing", "genauth"];

/** Compiles the library. Files in dist whose source is gone are removed, so they are never packed. */
export async function buildLibrary() {
  await compile("src");
  removeOrphans(join(root, "src"), join(root, "dist"));
  await joinModules(join(root, "dist"));
}

/**
 * Puts the modules of each entry into one file, and what entries share into another: Node takes a millisecond to find and load each of some
 * hundred and fifty files. Nothing is renamed or shortened, and packages stay outside.
 */
async function joinModules(folder) {
  const { rolldown } = await import("rolldown");
  const input = entries.map((name) => join(folder, `${name}.js`));
  const bundle = await rolldown({ input, platform: "node", external: /^[^./]/, treeshake: false });
  const { output } = await bundle.write({ dir: folder, format: "esm", chunkFileNames: "shared/[name].js" });
  await bundle.close();
  const made = new Set(output.map(({ fileName }) => join(folder, fileName)));
  for (const name of readdirSync(folder, { recursive: true })) {
    const path = join(folder, String(name));
    if (path.endsWith(".js") && !made.has(path)) rmSync(path);
  }
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
