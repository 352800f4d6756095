/**
 * A real Redis for tests.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "redis";
import { freePort, newFolder, ServerProcess } from "../../examples/cluster/server-process.js";

/** A running Redis. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly process: ServerProcess;
  close(): Promise<void>;
}

/** Starts a Redis that keeps nothing on disk, or everything with `appendonly`; with `cluster`, as a cluster of one node. */
export async function startRedis(options: { appendonly?: boolean; cluster?: boolean } = {}): Promise<RedisServer> {
  const port = await freePort();
  const folder = newFolder("redis");
  const process_ = new ServerProcess({
    path: process.env["REDIS_SERVER_PATH"] ?? "redis-server",
    port,
    args: [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--dir",
      folder.path,
      "--save",
      "",
      "--appendfsync",
      "always",
      "--appendonly",
      options.appendonly === true ? "yes" : "no",
      ...(options.cluster === true ? ["--cluster-enabled", "yes"] : []),
    ],
  });
  await process_.start();
  const url = `redis://127.0.0.1:${port}`;
  if (options.cluster === true) await takeAllSlots(url);
  return {
    url,
    port,
    process: process_,
    async close() {
      process_.thaw();
      await process_.stop("SIGKILL");
      folder.remove();
    },
  };
}

async function takeAllSlots(url: string): Promise<void> {
  const client = await connectRedis(url);
  await client.sendCommand(["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
  while (!(await client.sendCommand<string>(["CLUSTER", "INFO"])).includes("cluster_state:ok")) await pause(10);
  client.destroy();
}

/** A connected client of a Redis, whose errors go where the test wants them. */
export async function connectRedis(url: string, onError: (error: Error) => void = () => undefined) {
  const client = createClient({ url, socket: { reconnectStrategy: 50 } });
  client.on("error", onError);
  await client.connect();
  return client;
}
