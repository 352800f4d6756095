/**
 * One contender in a process of its own: serves its app, and tells how much CPU the process has used.
 *
 * @module
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { createdStores } from "./contenders/store.js";

/**
 * What every contender is given to build its app.
 *
 * @typedef {object} Surroundings
 * @property {string} issuer - The provider.
 * @property {string} baseUrl - Where this app is reached.
 * @property {string} clientId
 * @property {string} clientSecret
 * @property {string} secret - What signs or encrypts the session.
 * @property {string} audience - What an API is called in access tokens.
 * @property {string[]} algs - What access tokens are signed with.
 * @property {string} scope - What a login asks for.
 * @property {string} [redisUrl] - Where the sessions are kept. Left out: in memory.
 * @property {string} sub - Whose name a contender without sessions answers.
 */

/** @typedef {(surroundings: Surroundings) => import("node:http").RequestListener | Promise<import("node:http").RequestListener>} CreateApp */

process.on("disconnect", () => process.exit(0));

const [setup] = await once(process, "message");
const server = createServer();
// The connections wait for their turn, on a busy machine for longer than the five seconds that Node gives them.
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
if (address === null || typeof address === "string") throw new Error("the contender has no port");

/** @type {{ createApp: CreateApp }} */
const contender = await import(new URL(`./contenders/${setup.contender}.js`, import.meta.url).href);
server.on("request", await contender.createApp({ ...setup.surroundings, baseUrl: `http://127.0.0.1:${address.port}` }));

process.on("message", (question) => {
  if (question === "cpu") process.send?.(process.cpuUsage());
  if (question === "weight") process.send?.(weigh());
});
process.send?.({ port: address.port });

/** What is kept: the heap after a collection, where the process was started with --expose-gc, and what lies in the session stores in memory. */
function weigh() {
  globalThis.gc?.();
  const entries = createdStores.flatMap((store) => Object.entries("sessions" in store ? Object(store.sessions) : {}));
  const bytes = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(value)),
    0,
  );
  return { heap: process.memoryUsage().heapUsed, entries: entries.length, bytes };
}
