import { createClient, createClientPool, createCluster, RESP_TYPES } from "redis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type RedisClient, redisState } from "../../src/redis.js";
import { connectRedis, type RedisServer, startRedis } from "../support/redis-server.js";

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);

beforeEach(() => void process.on("unhandledRejection", note));

afterEach(() => {
  process.off("unhandledRejection", note);
  expect(unhandled.splice(0)).toEqual([]);
});

interface Closable {
  on(event: "error", listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
}

async function start(): Promise<RedisServer> {
  const server = await startRedis();
  onTestFinished(() => server.close());
  return server;
}

async function opened<Client extends Closable>(client: Client): Promise<Client> {
  client.on("error", () => undefined);
  onTestFinished(() => client.destroy());
  await client.connect();
  return client;
}

const socket = { reconnectStrategy: 50 };

const kinds: readonly [name: string, cluster: boolean, create: (url: string) => Closable & RedisClient][] = [
  ["one client", false, (url) => createClient({ url, socket })],
  ["a pool of one client", false, (url) => createClientPool({ url, socket }, { minimum: 1, maximum: 1 })],
  ["a cluster", true, (url) => createCluster({ rootNodes: [{ url }], defaults: { socket } })],
];

describe.each(kinds)("Redis state over %s", (_name, cluster, create) => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedis({ cluster });
  });

  afterAll(() => server.close());

  test("fails within its limit while Redis hangs, and goes on", async () => {
    const state = redisState(await opened(create(server.url)), { timeout: 0.3 });
    await state.set("key", "value", 60);
    server.process.freeze();
    const startedMs = performance.now();
    const asked = Array.from({ length: 10 }, () => state.get("key"));
    for (const answer of await Promise.allSettled(asked)) {
      expect(answer).toMatchObject({ reason: { message: "Redis has not answered for 0.3 s" } });
    }
    expect(performance.now() - startedMs).toBeLessThan(1500);
    server.process.thaw();
    await expect.poll(() => state.get("key").catch(() => undefined), { timeout: 5000 }).toBe("value");
  });

  test("fails within its limit while Redis is away, sends nothing of that later, and goes on", async () => {
    const state = redisState(await opened(create(server.url)), { timeout: 0.3 });
    await state.set("key", "value", 60);
    await server.process.stop("SIGKILL");
    const startedMs = performance.now();
    await expect(state.get("key")).rejects.toBeInstanceOf(Error);
    await expect(state.add("late", "value", 60)).rejects.toBeInstanceOf(Error);
    expect(performance.now() - startedMs).toBeLessThan(1500);
    await server.process.start();
    // a cluster's node takes no writes for two seconds after its start
    await expect.poll(() => state.add("after", "value", 60).catch(() => false), { timeout: 10_000 }).toBe(true);
    expect(await state.get("late")).toBeUndefined();
  });
});

describe("Redis state over a client that the app uses otherwise", () => {
  test("sends nothing late that has waited in a pool", async () => {
    const server = await start();
    const pool = await opened(createClientPool({ url: server.url }, { minimum: 1, maximum: 1 }));
    const state = redisState(pool, { timeout: 0.3 });
    await state.get("key");
    server.process.freeze();
    const asked = [state.get("key"), state.add("lock", "mine", 60), state.set("key", "value", 60)];
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    server.process.thaw();
    const other = redisState(await opened(createClient({ url: server.url })));
    await expect.poll(() => state.get("key").catch(() => "away"), { timeout: 5000 }).toBeUndefined();
    expect([await other.get("lock"), await other.get("key")]).toEqual([undefined, undefined]);
  });

  test("reads texts where the app has set Buffers", async () => {
    const { url } = await start();
    const commandOptions = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };
    const clients: readonly (Closable & RedisClient)[] = [
      createClient({ url, commandOptions }),
      createClientPool({ url, commandOptions }),
      createClient({ url }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }),
    ];
    for (const client of clients) {
      const state = redisState(await opened(client));
      await state.set("key", "value", 60);
      expect(await state.get("key")).toBe("value");
      expect(await state.remove("key", "value")).toBe(true);
    }
  });

  test("asks Redis each time, whatever the client has in its cache", async () => {
    const { url } = await start();
    const cached = createClient({ url, RESP: 3, clientSideCache: { ttl: 0, maxEntries: 100, evictPolicy: "LRU" } });
    const state = redisState(await opened(cached));
    for (let read = 0; read < 3; read++) await state.get("key");
    const other = await opened(createClient({ url }));
    expect(await other.info("commandstats")).toContain("cmdstat_get:calls=3,");
  });

  test("takes a limit that is no whole number of milliseconds", async () => {
    const { url } = await start();
    const client = await connectRedis(url);
    onTestFinished(() => client.destroy());
    expect(await redisState(client, { timeout: 0.9005 }).get("key")).toBeUndefined();
  });
});
