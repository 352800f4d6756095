import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { OptionsError } from "../../src/errors.js";
import { type RedisClient, redisState } from "../../src/redis.js";

/** A client that does what it is told, without a Redis. */
class Client extends EventEmitter implements RedisClient {
  isReady = true;
  sent = 0;
  get = async () => this.#reply(null);
  set = async () => this.#reply("OK");
  eval = async () => this.#reply(0);
  withCommandOptions = () => this;
  answer: (() => Promise<unknown>) | undefined;

  async #reply(value: unknown): Promise<unknown> {
    this.sent += 1;
    return this.answer === undefined ? value : this.answer();
  }
}

function listened(): Client {
  return new Client().on("error", () => undefined);
}

describe("redisState()", () => {
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["an address", "redis://localhost"],
    ["an object of another kind", {}],
    ["ioredis, which has no withCommandOptions", { get() {}, set() {}, eval() {}, listenerCount: () => 1 }],
  ])("refuses %s, and names the package", (_what, client) => {
    expect(() => redisState(client as RedisClient)).toThrow(OptionsError);
    expect(() => redisState(client as RedisClient)).toThrow('import { createClient } from "redis"');
  });

  test("refuses a client whose errors nobody hears, with the line that mends it", () => {
    expect(() => redisState(new Client())).toThrow('client.on("error", (error) => console.error(error));');
    expect(() => redisState(listened())).not.toThrow();
  });

  test.each([
    [{ timeout: 0 }, "redisState timeout"],
    [{ timeout: Number.NaN }, "redisState timeout"],
    [{ timeout: 61 }, "redisState timeout"],
    [{ prefix: 7 }, "redisState prefix"],
  ])("refuses %j", (options, name) => {
    expect(() => redisState(listened(), options as never)).toThrow(name);
  });

  test("sends nothing while the client is not connected, and fails at once", async () => {
    const client = listened();
    client.isReady = false;
    const state = redisState(client);
    for (const call of [state.get("k"), state.set("k", "v", 1), state.add("k", "v", 1), state.remove("k", "v")]) {
      await expect(call).rejects.toThrow("not connected");
    }
    expect(client.sent).toBe(0);
  });

  test("waits for a command as long as the option timeout says", async () => {
    const client = listened();
    client.answer = () => new Promise(() => undefined);
    const state = redisState(client, { timeout: 0.1 });
    const startedMs = performance.now();
    await expect(state.get("k")).rejects.toThrow("has not answered for 0.1 s");
    expect(performance.now() - startedMs).toBeLessThan(600);
  });

  test("passes on what Redis refuses", async () => {
    const client = listened();
    client.answer = () => Promise.reject(new Error("OOM command not allowed"));
    await expect(redisState(client).set("k", "v", 1)).rejects.toThrow("OOM");
  });
});
