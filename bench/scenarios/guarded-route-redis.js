/**
 * The guarded route once more, the sessions in one Redis.
 *
 * @module
 */
import { startRedis } from "../redis.js";
import * as memory from "./guarded-route.js";

export const title = "guarded route, ID and access token of 1.2 KB each, in Redis";

export const contenders = memory.contenders.filter(({ name }) => name !== "express-openid-connect");

export const baselines = ["bare-express", "express-session"];

/** CPU per request, as a share of the baseline's. */
export const aims = [{ contender: "express-oidc-own-carrier", baseline: "bare-express", atMost: 1.35 }];

export const { loads, pace } = memory;

/** What runs beside the contenders: the provider, and Redis; undefined where that is missing. */
export async function startBeside() {
  const redis = await startRedis();
  if (redis === undefined) return undefined;
  const { provider, stop } = await memory.startProvider();
  return {
    provider: { ...provider, redisUrl: redis.url },
    async stop() {
      await Promise.all([stop(), redis.stop()]);
    },
  };
}

export const missing = "left out, because redis-server is missing: install it, or name its path in REDIS_SERVER_PATH";

export const prepare = memory.prepare;
