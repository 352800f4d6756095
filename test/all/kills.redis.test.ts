import type { RequestHandler } from "express";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, type SignedIn, signIn } from "../../examples/cluster/check.js";
import type { Cluster } from "../../examples/cluster/start.js";
import { startProcesses } from "../support/cluster-world.js";
import { type RedisServer, startRedis } from "../support/redis-server.js";

const KILLS = 20;

/** What happens to the next renewal at the provider, while the process that asked for it is killed. */
type Fate = "no answer" | "an answer that nobody reads";

let redis: RedisServer;
let cluster: Cluster;
let next: { readonly fate: Fate; readonly kill: () => Promise<void> } | undefined;
let lost: { readonly status: number; readonly body: Buffer } | undefined;

/** Stands before the provider: kills whoever asks, and lends the provider a grace period for a refresh token that was used by the dead. */
const trouble: RequestHandler = (req, res, proceed) => {
  if (req.path !== "/token") return proceed();
  if (lost !== undefined) {
    const { status, body } = lost;
    lost = undefined;
    res.status(status).type("json").send(body);
    return;
  }
  const now = next;
  next = undefined;
  if (now === undefined) return proceed();
  if (now.fate === "no answer") {
    void now.kill();
    return;
  }
  const chunks: Buffer[] = [];
  const end = res.end.bind(res);
  res.end = ((chunk?: unknown) => {
    if (typeof chunk === "string" || Buffer.isBuffer(chunk)) chunks.push(Buffer.from(chunk));
    lost = { status: res.statusCode, body: Buffer.concat(chunks) };
    now.kill().then(
      () => end(),
      () => end(),
    );
    return res;
  }) as typeof res.end;
  proceed();
};

beforeAll(async () => {
  redis = await startRedis();
  cluster = await startProcesses({ redisUrl: redis.url, accessTokenLifetime: 2, httpTimeout: 1, before: trouble });
}, 120_000);

afterAll(async () => {
  await cluster.close();
  await redis.close();
});

describe("a process that is killed in the middle of a renewal", () => {
  test.each<[Fate]>([["no answer"], ["an answer that nobody reads"]])(
    `costs no login, ${KILLS / 2} times, with %s (the provider has a grace period)`,
    { timeout: KILLS * 20_000 },
    async (fate) => {
      const person = await signIn(cluster);
      const waits: number[] = [];
      for (let round = 0; round < KILLS / 2; round += 1) {
        await untilDue(person);
        const victim = round % cluster.members.length;
        next = { fate, kill: () => cluster.replace(victim) };
        const killed = ask(`${cluster.members[victim]?.url}/me`, person).catch(() => "cut off");
        expect(await killed).toBe("cut off");
        const startedMs = performance.now();
        const { status } = await ask(`${cluster.members[(victim + 1) % cluster.members.length]?.url}/me`, person);
        waits.push((performance.now() - startedMs) / 1000);
        expect([round, status]).toEqual([round, 200]);
      }
      console.log(
        `${fate}: ${KILLS / 2} kills, no login lost; the next request waited up to ${Math.max(...waits).toFixed(1)} s`,
      );
    },
  );
});

async function untilDue(person: SignedIn): Promise<void> {
  const { body } = await ask(`${cluster.url}/me`, person);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, Number(body["expiresAt"]) * 1000 - Date.now()) + 50));
}
