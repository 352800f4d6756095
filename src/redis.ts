/** @module express-oidc/redis: shared state in Redis or Valkey, over a client of the package `redis` (node-redis). */
import { OptionsError } from "./errors.js";
import type { SharedState } from "./state/port.js";
import { limitTime } from "./state/time-limit.js";

export type { SharedState } from "./state/port.js";

/** What is used of a node-redis client: one of `createClient`, `createCluster`, `createSentinel` or `createClientPool`. */
export interface RedisClient {
  readonly isReady?: boolean;
  get(key: string): Promise<unknown>;
  set(key: string, value: string, options: RedisSetOptions): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  listenerCount(event: "error"): number;
  withCommandOptions(options: RedisCommandOptions): unknown;
}

/** The options of one command that are used. */
export interface RedisCommandOptions {
  abortSignal: AbortSignal;
  timeout: 0;
  typeMapping: Record<never, never>;
}

/** The options of SET that are used. */
export interface RedisSetOptions {
  expiration: { type: "PX"; value: number };
  condition?: "NX";
}

/** How {@link redisState} uses Redis. */
export interface RedisStateOptions {
  /** What every key begins with, so that apps can share a Redis. Default `oidc:`. */
  readonly prefix?: string;
  /** How long one command may take. Seconds, greater than 0; `auth()` waits for no state longer than two. Default 1. */
  readonly timeout?: number;
}

const REMOVE = 'if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) else return 0 end';

/** The longest time to live that Redis takes, in milliseconds. */
const LONGEST_LIFE_MS = Number.MAX_SAFE_INTEGER;

/**
 * Shared state for several processes, in Redis or Valkey: single, cluster, sentinel or pool, each operation on one key.
 *
 * Each command has a time limit of its own, and what has not been sent by then is not sent later: node-redis would let it wait for
 * ever by default. Replies are read from Redis as texts, whatever types and cache the client has for the app. The client is the app's:
 * connect it, listen for its errors, close it, and let it read from masters only (no `useReplicas`): a replica may not know yet who logged out.
 * A pool wants `redis` 5.8 or newer: in older ones a command that fails is also an unhandled rejection, which ends the process.
 *
 * @throws {OptionsError} when the client can't be right: it is none of node-redis 5 or newer, or nobody listens for its errors.
 * @example
 * const client = createClient({ url: process.env.REDIS_URL });
 * client.on("error", (error) => console.error("Redis:", error.message));
 * client.connect().catch(() => undefined); // it tries again by itself
 * app.use(auth({ state: redisState(client), session: { store: new RedisStore({ client }) } }));
 */
export function redisState(client: RedisClient, options: RedisStateOptions = {}): SharedState {
  const { prefix = "oidc:", timeout = 1 } = options;
  requireFit(client, prefix, timeout);
  const timeoutMs = timeout * 1000;

  function within<Reply>(send: (limited: RedisClient) => Promise<Reply>): Promise<Reply> {
    if (client.isReady === false) return Promise.reject(new Error("the Redis client is not connected"));
    const end = new AbortController();
    const limited = client.withCommandOptions({
      abortSignal: end.signal,
      // none of its own: node-redis would count it anew wherever a command waits; the signal is one for all the way
      timeout: 0,
      // with the app's own mapping a text may come as a Buffer, or from the client's cache
      typeMapping: {},
    }) as RedisClient;
    return new Promise((resolve, reject) => {
      const clear = limitTime(timeoutMs, () => {
        reject(new Error(`Redis has not answered for ${timeout} s`));
        end.abort();
      });
      send(limited).then(resolve, reject).finally(clear);
    });
  }

  const put = (key: string, value: string, setOptions: RedisSetOptions) =>
    within((limited) => limited.set(prefix + key, value, setOptions));

  return {
    async get(key) {
      const value = await within((limited) => limited.get(prefix + key));
      return typeof value === "string" ? value : undefined;
    },
    async set(key, value, seconds) {
      await put(key, value, { expiration: lifeOf(seconds) });
    },
    async add(key, value, seconds) {
      return (await put(key, value, { expiration: lifeOf(seconds), condition: "NX" })) !== null;
    },
    async remove(key, value) {
      const removed = await within((limited) => limited.eval(REMOVE, { keys: [prefix + key], arguments: [value] }));
      return Number(removed) === 1;
    },
  };
}

/** Redis counts whole milliseconds, and takes no life of none. */
function lifeOf(seconds: number): RedisSetOptions["expiration"] {
  return { type: "PX", value: Math.min(LONGEST_LIFE_MS, Math.max(1, Math.ceil(seconds * 1000))) };
}

function requireFit(client: RedisClient, prefix: unknown, timeout: unknown): void {
  const problems: string[] = [];
  const has = (name: string) => typeof Reflect.get(Object(client), name) === "function";
  if (!["get", "set", "eval", "listenerCount", "withCommandOptions"].every(has)) {
    problems.push(
      'redisState client: must be a client of the package `redis`, version 5 or newer (ioredis is none); write `import { createClient } from "redis"; const client = createClient({ url });`',
    );
  } else if (client.listenerCount("error") === 0) {
    problems.push(
      'redisState client: nobody listens for its errors, so a lost connection would end the process; write `client.on("error", (error) => console.error(error));` before',
    );
  }
  if (typeof prefix !== "string") problems.push("redisState prefix: must be a text; the default is oidc:");
  if (typeof timeout !== "number" || !(timeout > 0 && timeout <= 60)) {
    problems.push("redisState timeout: must be a number of seconds, greater than 0, at most 60; the default is 1");
  }
  if (problems.length > 0) throw new OptionsError(problems);
}
