/**
 * How the tests run.
 * @module
 */
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

const all = process.env["EXPRESS_OIDC_TEST_ALL"] === "1";
/** Tests that need a program, by the variable that names its path. */
const needing: Readonly<Record<string, string>> = {
  CHROMIUM_PATH: "test/**/*.browser.test.ts",
  REDIS_SERVER_PATH: "test/**/*.redis*.test.ts",
  POSTGRES_PATH: "test/**/*postgres.test.ts",
};
const leftOut = Object.keys(needing).filter((variable) => !process.env[variable]);

const source = (file: string) => fileURLToPath(new URL(`../src/${file}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^express-oidc$/, replacement: source("index.ts") },
      { find: /^express-oidc\/redis$/, replacement: source("redis.ts") },
      { find: /^express-oidc\/testing$/, replacement: source("testing.ts") },
      { find: /^express-oidc\/genauth$/, replacement: source("genauth.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [
      ...configDefaults.exclude,
      ...(all ? [] : ["test/all/**"]),
      ...leftOut.map((variable) => needing[variable] ?? ""),
    ],
    pool: "forks",
    maxWorkers: 2,
    // Files share a process and what they import: loading it anew for each one took half of the time.
    isolate: false,
    setupFiles: ["test/support/put-back.ts"],
    testTimeout: 15_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
    reporters: ["default", fileURLToPath(new URL("summary-reporter.js", import.meta.url))],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text", "json-summary"],
      reportsDirectory: "build/coverage",
      thresholds: { lines: 95, "src/{http,state,session,guards}/**": { lines: 100 } },
    },
  },
});
