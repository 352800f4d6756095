import { createClient, createCluster } from "redis";
import { afterAll, beforeAll } from "vitest";
import { type RedisClient, redisState } from "../../src/redis.js";
import { type RedisServer, startRedis } from "../support/redis-server.js";
import { sharedStateContract } from "./shared-state.js";

let single: RedisServer;
let cluster: RedisServer;

beforeAll(async () => {
  [single, cluster] = await Promise.all([startRedis(), startRedis({ cluster: true })]);
  const client = await connected(createClient({ url: cluster.url }));
  await client.sendCommand(["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
  while (!(await client.sendCommand<string>(["CLUSTER", "INFO"])).includes("cluster_state:ok")) await Promise.resolve();
  client.destroy();
});

afterAll(() => Promise.all([single.close(), cluster.close()]));

interface Closable {
  on(event: "error", listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
}

async function connected<Client extends Closable>(client: Client): Promise<Client> {
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** Two processes' states over two connections, empty. */
async function statesOver(clients: readonly (Closable & RedisClient)[], url: string) {
  const flushing = await connected(createClient({ url }));
  await flushing.flushAll();
  flushing.destroy();
  const [here, there] = clients.map((client) => redisState(client));
  if (here === undefined || there === undefined) throw new Error("two clients were made");
  return {
    here,
    there,
    async close() {
      for (const client of clients) client.destroy();
    },
  };
}

sharedStateContract("state in Redis", async () => {
  const { url } = single;
  return statesOver(await Promise.all([1, 2].map(() => connected(createClient({ url })))), url);
});

sharedStateContract("state in a Redis cluster", async () => {
  const { url } = cluster;
  const rootNodes = [{ url }];
  return statesOver(await Promise.all([1, 2].map(() => connected(createCluster({ rootNodes })))), url);
});
