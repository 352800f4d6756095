/**
 * `npm test`, `npm run test:all` (with --all) and `npm run test:watch` (with --watch).
 * Every other argument goes to vitest.
 * @module
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { buildExamples, buildLibrary } from "./build.js";
import { ensurePackages } from "./packages.js";
import { endWithNpm, fail, npm, root, run } from "./process.js";
import { providePrograms } from "./programs.js";

/** What the other versions of Node run: everything that talks over sockets, and the packed package. */
const flowTests = ["test/flow/", "test/contract/", "test/repo/package.test.ts"];
const otherVersions = [22, 24];

/** Nothing in these is carried by our own cookie: they are about `req.session`, or about calls without a login. */
const withoutOwnCarrier = ["own-session", "session-data", "slow-request", "bearer-*", "own-carrier*", "own-cookie"];

const args = process.argv.slice(2);
const all = args.includes("--all");
const watch = args.includes("--watch");
const vitestArgs = args.filter((arg) => arg !== "--all" && arg !== "--watch");

endWithNpm();
await ensurePackages();
await buildLibrary();
await buildExamples();
const env = { ...(await providePrograms()), ...(all ? { EXPRESS_OIDC_TEST_ALL: "1" } : {}) };

if (watch) process.exit(await vitest(process.execPath, ["watch", ...vitestArgs]));

const total = { passed: 0, failed: 0, skipped: 0 };
await countedRun(process.execPath, [...(all ? ["--coverage"] : []), ...vitestArgs]);
if (all) {
  console.log("\nThe flow tests with a cookie of our own that carries logins, session: { reqSession: false }");
  const leftOut = withoutOwnCarrier.flatMap((name) => ["--exclude", `test/flow/${name}.test.ts`]);
  const carrier = { EXPRESS_OIDC_TEST_CARRIER: "cookie" };
  await countedRun(process.execPath, ["test/flow/", ...leftOut, ...vitestArgs], carrier);
  for (const version of otherVersions) {
    const node = await provideNode(version);
    console.log(`\nThe same flow tests on Node ${version}`);
    await countedRun(node, [...flowTests, ...vitestArgs]);
  }
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed === 0 ? 0 : 1);

function vitest(node, rest, more = {}) {
  const path = `${dirname(node)}${delimiter}${process.env.PATH}`;
  const program = join(root, "node_modules", "vitest", "vitest.mjs");
  const config = ["--config", ".ci/vitest.config.ts", "--root", "."];
  return run(node, [program, ...rest, ...config], { env: { ...env, PATH: path, ...more } });
}

/** A run that ends badly without a failed test (coverage too low, a crash) counts as one failure. */
async function countedRun(node, rest, more = {}) {
  const file = join(root, "build", "test-summary.json");
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  const code = await vitest(node, ["run", ...rest], { ...more, EXPRESS_OIDC_TEST_SUMMARY: file });
  const counts = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { passed: 0, failed: 0, skipped: 0 };
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  for (const key of Object.keys(total)) total[key] += counts[key];
}

/** Another version of Node, from the npm package `node`; kept in build/, so that `npm ci` stays light. */
async function provideNode(version) {
  const folder = join(root, "build", `node-${version}`);
  const node = join(folder, "node_modules", "node", "bin", "node");
  if (existsSync(node)) return node;
  console.log(`Installing Node ${version} (once)...`);
  mkdirSync(folder, { recursive: true });
  const { code, output } = await npm(["install", "--prefix", folder, "--no-save", `node@${version}`], { cwd: folder });
  if (code !== 0 || !existsSync(node)) fail(`Node ${version} could not be installed.`, output);
  return node;
}
