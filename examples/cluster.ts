/**
 * `npm run cluster`: four processes of one app, Redis, and a provider to log in at. With `--check` it looks at itself.
 * @module
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { check } from "./cluster/check.js";
import { freePort, newFolder, ServerProcess } from "./cluster/server-process.js";
import { startCluster } from "./cluster/start.js";

/** The Redis of `REDIS_URL`, else one of our own, which keeps nothing. */
async function provideRedis(): Promise<{ url: string; close(): Promise<void> }> {
  const given = process.env["REDIS_URL"];
  if (given !== undefined && given !== "") return { url: given, close: async () => undefined };
  const path = process.env["REDIS_SERVER_PATH"] || "redis-server";
  if (spawnSync(path, ["--version"]).status !== 0) {
    throw new Error("Redis is missing: install redis-server, or name a running one in REDIS_URL.");
  }
  const folder = newFolder("cluster");
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder.path];
  const server = new ServerProcess({ path, args, port });
  await server.start();
  return {
    url: `redis://127.0.0.1:${port}`,
    async close() {
      await server.stop();
      folder.remove();
    },
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: "boolean" } } });
  const redis = await provideRedis();
  const cluster = await startCluster({ redisUrl: redis.url }).catch(async (error: unknown) => {
    await redis.close();
    throw error;
  });
  const close = async () => {
    await cluster.close();
    await redis.close();
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void close().then(() => process.exit(0)));
  if (values.check === true) {
    const isFine = await check(cluster, (line) => console.log(line));
    await close();
    process.exitCode = isFine ? 0 : 1;
    return;
  }
  console.log(`Open ${cluster.url}/me and log in as ada with the password lovelace.`);
  console.log("Reload it: another process answers each time. Its access token lives for a minute and is renewed once.");
  console.log("Ctrl+C ends all of them.");
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
