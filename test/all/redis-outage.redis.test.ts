import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { ask, type SignedIn, signIn } from "../../examples/cluster/check.js";
import type { Cluster } from "../../examples/cluster/start.js";
import { startProcesses } from "../support/cluster-world.js";
import { type RedisServer, startRedis } from "../support/redis-server.js";

const LONGEST_SECONDS = 3;

let redis: RedisServer;
let cluster: Cluster;

afterEach(async () => {
  await cluster.close();
  await redis.close();
});

/** Asks without a pause until it is told to stop. */
async function load(
  people: readonly SignedIn[],
  isOver: () => boolean,
): Promise<{ status: number; seconds: number }[]> {
  const answers: { status: number; seconds: number }[] = [];
  await Promise.all(
    people.map(async (person, at) => {
      while (!isOver()) {
        const startedMs = performance.now();
        const { status } = await ask(`${cluster.members[at % cluster.members.length]?.url}/me`, person);
        answers.push({ status, seconds: (performance.now() - startedMs) / 1000 });
      }
    }),
  );
  return answers;
}

describe("a Redis that is away for five seconds under load", () => {
  test.each([
    [
      "is stopped and started again",
      (server: RedisServer) => server.process.stop(),
      (server: RedisServer) => server.process.start(),
    ],
    [
      "hangs and goes on",
      async (server: RedisServer) => server.process.freeze(),
      async (server: RedisServer) => server.process.thaw(),
    ],
  ])(
    "and %s: only 503 in between, nobody waits long, and every login is still there",
    { timeout: 60_000 },
    async (how, leave, comeBack) => {
      redis = await startRedis({ appendonly: true });
      cluster = await startProcesses({ redisUrl: redis.url });
      const people: SignedIn[] = [];
      for (let count = 0; count < 12; count += 1) people.push(await signIn(cluster));
      const dead: number[] = [];
      for (const { worker } of cluster.members) worker.once("exit", () => dead.push(worker.id));
      let isOver = false;
      const loading = load(people, () => isOver);
      await sleep(500);
      await leave(redis);
      await sleep(5000);
      await comeBack(redis);
      await sleep(1500);
      isOver = true;
      const answers = await loading;
      expect([...new Set(answers.map(({ status }) => status))].sort((a, b) => a - b)).toEqual([200, 503]);
      const longest = Math.max(...answers.map(({ seconds }) => seconds));
      expect(longest).toBeLessThan(LONGEST_SECONDS);
      const later = await Promise.all(people.map((person) => ask(`${cluster.url}/me`, person)));
      expect(later.map(({ status }) => status)).toEqual(people.map(() => 200));
      expect(dead).toEqual([]);
      const refused = answers.filter(({ status }) => status === 503).length;
      console.log(
        `Redis ${how}: ${answers.length} answers, ${refused} of them 503, the longest after ${longest.toFixed(2)} s`,
      );
    },
  );
});
