/**
 * Packages as an app installs them: into an empty folder, without express.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const quietly = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--legacy-peer-deps"];
const blockSize = 512;

/** Prints how long its imports take, in milliseconds. */
const importProgram =
  "const start = performance.now(); for (const name of process.argv.slice(1)) await import(name); console.log(performance.now() - start);";

/**
 * The library as a tarball, as it would be published.
 *
 * @param {string} folder
 */
export function pack(folder) {
  const [{ filename }] = JSON.parse(npm(root, ["pack", "--json", "--ignore-scripts", "--pack-destination", folder]));
  return join(folder, filename);
}

/**
 * Installs what is named, each at the version that the bench has, or from its tarball.
 *
 * @param {string} folder - Is made.
 * @param {string[]} packages
 * @returns {{ bytes: number, packages: number }} what it takes on disk, and how many packages came.
 */
export function install(folder, packages) {
  const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  npm(folder, [
    "install",
    ...quietly,
    ...packages.map((name) => (name in dependencies ? `${name}@${dependencies[name]}` : name)),
  ]);
  const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
  const installed = Object.keys(lock.packages).filter((path) => path !== "");
  return { bytes: bytesOnDisk(join(folder, "node_modules")), packages: installed.length };
}

/**
 * How long a fresh process takes to import them.
 *
 * @param {string} folder - Where they are installed.
 * @param {string[]} packages
 * @param {number} [core] - Where the process runs.
 * @returns {number} milliseconds.
 */
export function importTime(folder, packages, core) {
  const pin = core === undefined ? [] : ["taskset", "-c", String(core)];
  const [command = process.execPath, ...args] = [
    ...pin,
    process.execPath,
    "--input-type=module",
    "--eval",
    importProgram,
    ...packages,
  ];
  return Number(execFileSync(command, args, { cwd: folder, encoding: "utf8" }));
}

/**
 * @param {string} folder
 * @param {string[]} args
 */
function npm(folder, args) {
  return execFileSync("npm", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/**
 * Whole blocks, as a disk counts; where there are none, the files' lengths.
 *
 * @param {string} folder
 */
function bytesOnDisk(folder) {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return paths.reduce((sum, path) => {
    const { blocks, size } = statSync(join(folder, path));
    return sum + (blocks === undefined ? size : blocks * blockSize);
  }, 0);
}
