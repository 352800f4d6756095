/**
 * The session store of a contender: in Redis where the scenario has one, else in memory.
 *
 * @module
 */
import { RedisStore } from "connect-redis";
import session from "express-session";
import { createClient } from "redis";

/** @param {string | undefined} redisUrl */
export async function createStore(redisUrl) {
  if (redisUrl === undefined) return { store: new session.MemoryStore(), client: undefined };
  const client = createClient({ url: redisUrl });
  client.on("error", (error) => console.error(error.message));
  await client.connect();
  return { store: new RedisStore({ client }), client };
}
