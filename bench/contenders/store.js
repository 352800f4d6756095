/**
 * The session store of a contender: in Redis where the scenario has one, else in memory.
 *
 * @module
 */
import { RedisStore } from "connect-redis";
import session from "express-session";
import { createClient } from "redis";

/** The stores in memory, for whoever weighs what is in them. @type {session.MemoryStore[]} */
export const createdStores = [];

/** @param {string | undefined} redisUrl */
export async function createStore(redisUrl) {
  if (redisUrl === undefined) {
    const store = new session.MemoryStore();
    createdStores.push(store);
    return { store, client: undefined };
  }
  const client = createClient({ url: redisUrl });
  client.on("error", (error) => console.error(error.message));
  await client.connect();
  return { store: new RedisStore({ client }), client };
}
