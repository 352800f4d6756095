import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { check } from "../../examples/cluster/check.js";
import type { Cluster } from "../../examples/cluster/start.js";
import { startProcesses } from "../support/cluster-world.js";
import { type RedisServer, startRedis } from "../support/redis-server.js";

let redis: RedisServer;
let cluster: Cluster;

beforeAll(async () => {
  redis = await startRedis();
  cluster = await startProcesses({ redisUrl: redis.url });
}, 120_000);

afterAll(async () => {
  await cluster.close();
  await redis.close();
});

describe("four processes with one Redis", () => {
  test("stand a storm with one renewal, and share every logout, as the example's check says", {
    timeout: 60_000,
  }, async () => {
    const lines: string[] = [];
    const isFine = await check(cluster, (line) => lines.push(line));
    expect([isFine, ...lines.filter((line) => !line.startsWith("\u2713"))]).toEqual([true]);
    expect(lines).toHaveLength(3);
  });
});
