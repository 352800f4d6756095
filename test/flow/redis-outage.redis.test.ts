import { RedisStore } from "connect-redis";
import { createClient } from "redis";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { redisState } from "../../src/redis.js";
import { ask } from "../support/asking.js";
import { stopClock } from "../support/clock.js";
import { type RedisServer, startRedis } from "../support/redis-server.js";
import { failureIn, startScriptedWorld } from "../support/scripted-world.js";

const unavailable = { status: 503, code: "OIDC_STATE_UNAVAILABLE" };

let redis: RedisServer;
const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);

beforeEach(async () => {
  redis = await startRedis({ appendonly: true });
  process.on("unhandledRejection", note);
});

afterEach(async () => {
  process.off("unhandledRejection", note);
  expect(unhandled.splice(0)).toEqual([]);
  await redis.close();
});

/** A client as the documents write it: it connects, and connects again, by itself. */
/** A client; `disableOfflineQueue` as the documents write it, which is not node-redis' default. */
function clientOf(url: string, { disableOfflineQueue = true } = {}) {
  const client = createClient({ url, disableOfflineQueue, socket: { reconnectStrategy: 50 } });
  client.on("error", () => undefined);
  client.connect().catch(() => undefined);
  onTestFinished(() => client.destroy());
  return client;
}

const asSession = (client: ReturnType<typeof clientOf>) => ({ session: { store: new RedisStore({ client }) } });
const asBoth = (client: ReturnType<typeof clientOf>) => ({ ...asSession(client), state: redisState(client) });

/** Redis is back, and the client has noticed. */
async function comeBack(client: ReturnType<typeof clientOf>): Promise<void> {
  await redis.process.start();
  await expect.poll(() => client.isReady, { timeout: 5000 }).toBe(true);
}

describe.each([
  ["", { disableOfflineQueue: true }],
  [" with a client that queues", { disableOfflineQueue: false }],
])("Redis as session store and state%s", (_how, queue) => {
  test("that is down at start answers who is signed in with 503 within a second and a half, and knows them when it is there", async () => {
    const before = await startScriptedWorld({ options: asBoth(clientOf(redis.url, queue)) });
    const { browser } = await before.signIn();
    await redis.process.stop();
    const client = clientOf(redis.url, queue);
    const { app } = await startScriptedWorld({
      provider: before.provider,
      options: { ...asBoth(client), baseUrl: before.app.baseUrl },
    });
    const startedMs = performance.now();
    expect(failureIn(await ask(`${app.url}/api`, { browser }))).toMatchObject(unavailable);
    expect(performance.now() - startedMs).toBeLessThan(1600);
    await comeBack(client);
    expect((await ask(`${app.url}/api`, { browser })).json()).toEqual({ sub: "ada" });
  });

  test("that is down at start stops a login with 503, and lets people in when it is there", async () => {
    await redis.process.stop();
    const client = clientOf(redis.url, queue);
    const { signIn } = await startScriptedWorld({ options: asBoth(client) });
    const startedMs = performance.now();
    expect(failureIn((await signIn()).page)).toMatchObject(unavailable);
    expect(performance.now() - startedMs).toBeLessThan(1600);
    await comeBack(client);
    expect((await signIn()).page.json()).toEqual({ sub: "ada" });
  });

  test("that goes away lets nobody in, and everybody is there again when it is back", async () => {
    const client = clientOf(redis.url, queue);
    const { app, signIn } = await startScriptedWorld({ options: asBoth(client) });
    const { browser } = await signIn();
    await redis.process.stop();
    const startedMs = performance.now();
    expect(failureIn(await browser.fetch("/api"))).toMatchObject(unavailable);
    expect(failureIn(await browser.get(`${app.url}/private`))).toMatchObject(unavailable);
    expect(performance.now() - startedMs).toBeLessThan(3000);
    await comeBack(client);
    expect((await browser.fetch("/api")).status).toBe(200);
  });

  test("that hangs answers 503 after a second, and goes on", async () => {
    const client = clientOf(redis.url, queue);
    const { signIn } = await startScriptedWorld({ options: asBoth(client) });
    const { browser } = await signIn();
    redis.process.freeze();
    const startedMs = performance.now();
    expect(failureIn(await browser.fetch("/api"))).toMatchObject(unavailable);
    expect(performance.now() - startedMs).toBeGreaterThan(900);
    expect(performance.now() - startedMs).toBeLessThan(2500);
    redis.process.thaw();
    await expect.poll(async () => (await browser.fetch("/api")).status, { timeout: 5000 }).toBe(200);
  });
});

describe("Redis as state alone", () => {
  test("that goes away stops nobody whose token is good, and no renewal is done without it", async () => {
    const clock = stopClock();
    const client = clientOf(redis.url);
    const { provider, signIn } = await startScriptedWorld({ options: { state: redisState(client) } });
    const { browser } = await signIn();
    await redis.process.stop();
    expect((await browser.fetch("/api")).status).toBe(200);
    clock.advance(3580);
    expect((await browser.fetch("/token")).status).toBe(200);
    clock.advance(60);
    expect(failureIn(await browser.fetch("/token"))).toMatchObject(unavailable);
    expect(provider.calls("refresh")).toBe(0);
    await comeBack(client);
    expect((await browser.fetch("/token")).status).toBe(200);
    expect(provider.calls("refresh")).toBe(1);
  });

  test("that is away stops a login and a logout with 503, and neither is half done", async () => {
    const client = clientOf(redis.url);
    const { app, signIn } = await startScriptedWorld({ options: { state: redisState(client) } });
    const { browser } = await signIn();
    await redis.process.stop();
    expect(failureIn((await signIn()).page)).toMatchObject(unavailable);
    expect(failureIn(await browser.get(`${app.url}/logout`))).toMatchObject(unavailable);
    await comeBack(client);
    expect((await signIn()).page.json()).toEqual({ sub: "ada" });
  });
});

describe("a lock that Redis takes after it was frozen, when nobody waits for it any more", () => {
  test("is given back soon, and the next request renews", async () => {
    const clock = stopClock();
    const client = clientOf(redis.url);
    const { provider, signIn } = await startScriptedWorld({ options: { state: redisState(client) } });
    const { browser } = await signIn();
    clock.advance(3700);
    redis.process.freeze();
    expect(failureIn(await browser.fetch("/token"))).toMatchObject(unavailable);
    redis.process.thaw();
    const startedMs = performance.now();
    expect((await browser.fetch("/token")).status).toBe(200);
    expect(performance.now() - startedMs).toBeLessThan(2500);
    expect(provider.calls("refresh")).toBe(1);
  });
});

describe("a lock whose holder is dead", () => {
  test("ends by itself, and the next request renews", async () => {
    const clock = stopClock();
    const client = clientOf(redis.url);
    const state = redisState(client);
    const { provider, signIn } = await startScriptedWorld({ options: { state, http: { timeout: 0.5 } } });
    const { browser } = await signIn();
    clock.advance(3700);
    const taken: string[] = [];
    const keys = async () => (await client.keys("oidc:renew-*")).map((key) => key.slice("oidc:".length));
    const held = provider.hold("refresh");
    const first = browser.fetch("/token");
    await held.arrived;
    taken.push(...(await keys()));
    held.release();
    await first;
    // as if that process had died with it
    expect(await state.add(taken[0] ?? "", "the dead process's", 1.5)).toBe(true);
    clock.advance(3700);
    expect((await browser.fetch("/token")).status).toBe(200);
    expect(provider.calls("refresh")).toBe(2);
  });
});
