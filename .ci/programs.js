/**
 * Programs beyond Node that some tests need: finds them, or installs them where that is possible.
 * @module
 */
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fail, runQuietly } from "./process.js";

/**
 * One row per program: how it is called, the variable in which the tests find its path,
 * the Debian package that brings it, where that puts it if not in the PATH, the variable that leaves its tests out, and which tests those are.
 */
const programs = [
  {
    name: "Chromium",
    commands: ["chromium", "chromium-browser", "google-chrome"],
    variable: "CHROMIUM_PATH",
    debianPackage: "chromium",
    skipVariable: "EXPRESS_OIDC_SKIP_BROWSER",
    tests: "the browser tests (test/**/*.browser.test.ts)",
  },
  {
    name: "Redis",
    commands: ["redis-server", "valkey-server"],
    variable: "REDIS_SERVER_PATH",
    debianPackage: "redis-server",
    skipVariable: "EXPRESS_OIDC_SKIP_REDIS",
    tests: "the tests with Redis (test/**/*.redis*.test.ts)",
  },
  {
    name: "PostgreSQL",
    commands: ["postgres"],
    // Debian keeps it out of the PATH, in a folder of its version.
    folders: "/usr/lib/postgresql",
    variable: "POSTGRES_PATH",
    debianPackage: "postgresql",
    skipVariable: "EXPRESS_OIDC_SKIP_POSTGRES",
    tests: "the tests with PostgreSQL (test/**/*postgres.test.ts)",
  },
];

/**
 * Answers the environment variables that tell the tests where the programs are.
 *
 * A missing program means that its tests are left out, said in one line; with CI=true it ends the run.
 */
export async function providePrograms() {
  const paths = {};
  for (const program of programs) {
    // Set even when empty, so that a path in the environment does not bring back tests that were left out.
    paths[program.variable] = (await provide(program)) ?? "";
  }
  return paths;
}

/** The path of one program, by its variable; undefined where it is missing. */
export function provideProgram(variable) {
  return provide(programs.find((program) => program.variable === variable));
}

async function provide(program) {
  const { name, variable, skipVariable, tests } = program;
  if (process.env[skipVariable] === "1") {
    console.log(`Left out: ${tests}, because ${skipVariable}=1.`);
    return undefined;
  }
  const path = find(program) ?? (await install(program));
  if (path !== undefined) return path;
  const remedy = `install ${name}, or name its path in ${variable}`;
  if (process.env.CI === "true") fail(`${name} is missing: ${remedy}, or set ${skipVariable}=1.`);
  console.log(`Left out: ${tests}, because ${name} is missing. To run them: ${remedy}.`);
  return undefined;
}

function find({ commands, variable, folders: versions }) {
  const given = process.env[variable];
  if (given) {
    if (!isExecutable(given)) fail(`${variable} names no program: ${given}`);
    return given;
  }
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...foldersOfVersions(versions)];
  return commands.flatMap((command) => folders.map((folder) => join(folder, command))).find(isExecutable);
}

async function install(program) {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return undefined;
  console.log(`Installing ${program.name} with apt-get (once)...`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", program.debianPackage]]) {
    const { code, output } = await runQuietly("apt-get", args, { env });
    if (code !== 0) {
      console.error(`${output.trimEnd()}\napt-get ${args.join(" ")} failed. Its output is above.`);
      return undefined;
    }
  }
  return find(program);
}

/** The newest version first. */
function foldersOfVersions(parent) {
  if (parent === undefined || !existsSync(parent)) return [];
  const versions = readdirSync(parent).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(parent, version, "bin"));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
