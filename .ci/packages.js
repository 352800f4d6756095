/**
 * Makes sure that the packages of a folder's package-lock.json are installed.
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fail, npm, root } from "./process.js";

/**
 * Installs what the lock file lists, unless it is there already.
 *
 * Development packages are always included: NODE_ENV=production in the environment is about the app, not about building it.
 */
export async function ensurePackages(folder = root) {
  if (areInstalled(folder)) return;
  console.log("Installing the packages (once)...");
  const { code, output } = await npm(["ci", "--include=dev", "--prefer-offline"], { cwd: folder });
  if (code !== 0) fail("npm ci failed. Its output is above.", output);
}

/** npm writes the second file at the end of an installation, so one that was broken off counts as missing. */
function areInstalled(folder) {
  const installed = join(folder, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return false;
  const wanted = packagesOf(join(folder, "package-lock.json"));
  const present = packagesOf(installed);
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "" || entry.optional || entry.devOptional) return true;
    return present[path]?.version === entry.version && present[path]?.integrity === entry.integrity;
  });
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}
