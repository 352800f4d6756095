/**
 * How the tests run.
 * @module
 */
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

const all = process.env["EXPRESS_OIDC_TEST_ALL"] === "1";
const browser = Boolean(process.env["CHROMIUM_PATH"]);

export default defineConfig({
  resolve: {
    alias: [{ find: /^express-oidc$/, replacement: fileURLToPath(new URL("../src/index.ts", import.meta.url)) }],
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [
      ...configDefaults.exclude,
      ...(all ? [] : ["test/all/**"]),
      ...(browser ? [] : ["test/**/*.browser.test.ts"]),
    ],
    pool: "forks",
    maxWorkers: 2,
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
