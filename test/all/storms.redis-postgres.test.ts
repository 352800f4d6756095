import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, signIn, storm } from "../../examples/cluster/check.js";
import type { Cluster } from "../../examples/cluster/start.js";
import { startProcesses, tellingProgram } from "../support/cluster-world.js";
import { type PostgresServer, startPostgres } from "../support/postgres-server.js";
import { type RedisServer, startRedis } from "../support/redis-server.js";

const ROUNDS = Number(process.env["ROUNDS"] ?? 50);

let redis: RedisServer;
let postgres: PostgresServer;

beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
}, 120_000);

afterAll(() => Promise.all([redis.close(), postgres.close()]));

describe.each([
  ["Redis", () => undefined],
  ["PostgreSQL", () => postgres.url],
])("four processes with their sessions in %s and Redis as state", (name, postgresUrl) => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startProcesses({ redisUrl: redis.url, postgresUrl: postgresUrl(), program: tellingProgram });
  }, 120_000);

  afterAll(() => cluster.close());

  test(`renew a login once, however many requests want it: ${ROUNDS} storms in a row without one failure`, {
    timeout: ROUNDS * 20_000,
  }, async () => {
    const times: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const { seconds, ...result } = await storm(cluster);
      times.push(seconds);
      expect({ round, ...result }).toEqual({
        round,
        statuses: { 200: 400 },
        renewals: 1,
        refused: 0,
        afterwards: [200, 200, 200, 200],
      });
    }
    times.sort((a, b) => a - b);
    console.log(`${name}: ${ROUNDS} storms of 400 requests, median ${times[ROUNDS / 2]?.toFixed(2)} s, 1 renewal each`);
  });

  test("refuse a login everywhere with the next request after a logout token at one of them", {
    timeout: 120_000,
  }, async () => {
    const [, member] = cluster.members;
    if (member === undefined) throw new Error("There is no second process.");
    for (let round = 1; round <= 10; round += 1) {
      const person = await signIn(cluster);
      const begun = once(member.worker, "message");
      const slow = ask(`${member.url}/slow?ms=700`, person);
      await Promise.race([begun, slow]);
      await person.browser.get(`${cluster.provider.issuer}/session/end`);
      await person.browser.submit({ logout: "yes" });
      const after = await Promise.all(cluster.members.map(({ url }) => ask(`${url}/me`, person)));
      expect((await slow).status).toBe(200);
      const later = await Promise.all(cluster.members.map(({ url }) => ask(`${url}/me`, person)));
      expect([...after, ...later].map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 401));
    }
  });
});
