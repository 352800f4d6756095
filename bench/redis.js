/**
 * A Redis for the bench: on a free port, keeping nothing, gone afterwards.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "redis";

/** Starts it on the core of the load; undefined where redis-server is missing. */
export async function startRedis() {
  const path = process.env["REDIS_SERVER_PATH"] || "redis-server";
  if (spawnSync(path, ["--version"]).status !== 0) return undefined;
  const port = await freePort();
  const server = spawn(path, ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], {
    stdio: "ignore",
  });
  const url = `redis://127.0.0.1:${port}`;
  await untilReady(url);
  return {
    url,
    async stop() {
      const ended = once(server, "exit");
      server.kill();
      await ended;
    },
  };
}

/** @param {string} url */
async function untilReady(url) {
  for (let tries = 0; tries < 100; tries += 1) {
    const client = createClient({ url, socket: { reconnectStrategy: false } });
    client.on("error", () => undefined);
    try {
      await client.connect();
      client.destroy();
      return;
    } catch {
      await pause(50);
    }
  }
  throw new Error("redis-server does not answer");
}

async function freePort() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
