import { createClient, createClientPool, createCluster } from "redis";
import { afterAll, beforeAll, describe } from "vitest";
import { type RedisClient, redisState } from "../../src/redis.js";
import { connectRedis, startRedis } from "../support/redis-server.js";
import { sharedStateContract } from "./shared-state.js";

interface Closable {
  on(event: "error", listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
}

const kinds: readonly [name: string, cluster: boolean, create: (url: string) => Closable & RedisClient][] = [
  ["Redis", false, (url) => createClient({ url })],
  ["Redis, over pools of clients", false, (url) => createClientPool({ url })],
  ["a Redis cluster", true, (url) => createCluster({ rootNodes: [{ url }] })],
];

describe.each(kinds)("state in %s", (name, cluster, create) => {
  const close: (() => unknown)[] = [];
  let flush: () => Promise<unknown>;
  let here: RedisClient;
  let there: RedisClient;

  async function opened(url: string): Promise<RedisClient> {
    const client = create(url);
    client.on("error", () => undefined);
    await client.connect();
    close.unshift(() => client.destroy());
    return client;
  }

  beforeAll(async () => {
    const server = await startRedis({ cluster });
    const flushing = await connectRedis(server.url);
    flush = () => flushing.flushAll();
    close.push(
      () => flushing.destroy(),
      () => server.close(),
    );
    [here, there] = [await opened(server.url), await opened(server.url)];
  });

  afterAll(async () => {
    for (const end of close) await end();
  });

  sharedStateContract(name, async () => {
    await flush();
    return { here: redisState(here), there: redisState(there), close: async () => undefined };
  });
});
