/**
 * The session stores that people use, each over its real server.
 * @module
 */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import connectPgSimple from "connect-pg-simple";
import { RedisStore } from "connect-redis";
import session from "express-session";
import pg from "pg";
import { newFolder } from "../../examples/cluster/server-process.js";
import type { SessionStore } from "../../src/options.js";
import { startPostgres } from "./postgres-server.js";
import { connectRedis, startRedis } from "./redis-server.js";

/** One kind of store. */
export interface StoreKind {
  /** An empty store of this kind. */
  create(): RealStore;
  close(): Promise<void>;
}

/** A store, and how long its server keeps an entry. */
export interface RealStore {
  readonly store: SessionStore;
  /** Seconds that an entry has left; undefined where there is none. */
  secondsLeft(id: string): Promise<number | undefined>;
}

const fileStore = createRequire(import.meta.url)("session-file-store") as (
  express: typeof session,
) => new (
  options: object,
) => SessionStore;

/** express-session's own, which each process has for itself. */
async function memory(): Promise<StoreKind> {
  return {
    create() {
      const store = new session.MemoryStore();
      return { store, secondsLeft: (id) => secondsIn(store, id) };
    },
    close: async () => undefined,
  };
}

async function redis(): Promise<StoreKind> {
  const server = await startRedis();
  const client = await connectRedis(server.url);
  return {
    create() {
      const prefix = `${randomUUID()}:`;
      const store = new RedisStore({ client, prefix });
      return {
        store,
        async secondsLeft(id) {
          const seconds = await client.ttl(prefix + id);
          return seconds < 0 ? undefined : seconds;
        },
      };
    },
    async close() {
      client.destroy();
      await server.close();
    },
  };
}

async function postgres(): Promise<StoreKind> {
  const server = await startPostgres();
  const pool = new pg.Pool({ connectionString: server.url });
  pool.on("error", () => undefined);
  const PgStore = connectPgSimple(session);
  const store = new PgStore({ pool, createTableIfMissing: true, pruneSessionInterval: false });
  return {
    create() {
      const prefix = `${randomUUID()}:`;
      return {
        store: withPrefix(store, prefix),
        async secondsLeft(id) {
          const text = "SELECT extract(epoch FROM expire - now()) AS seconds FROM session WHERE sid = $1";
          const { rows } = await pool.query<{ seconds: string }>(text, [prefix + id]);
          return rows[0] === undefined ? undefined : Number(rows[0].seconds);
        },
      };
    },
    async close() {
      await pool.end();
      await server.close();
    },
  };
}

async function files(): Promise<StoreKind> {
  const folder = newFolder("sessions");
  const FileStore = fileStore(session);
  return {
    create() {
      const path = join(folder.path, randomUUID());
      // no timer that reaps, no retries, no log
      const store = new FileStore({ path, reapInterval: -1, retries: 0, logFn: () => undefined });
      return { store, secondsLeft: (id) => secondsIn(store, id) };
    },
    async close() {
      rmSync(folder.path, { recursive: true, force: true });
    },
  };
}

/** The part of a store whose ids begin with a prefix: as empty as a new one. */
function withPrefix(store: session.Store, prefix: string): SessionStore & Pick<session.Store, "touch"> {
  return {
    get: (id, callback) => store.get(prefix + id, callback),
    set: (id, entry, callback) => store.set(prefix + id, entry as session.SessionData, callback),
    destroy: (id, callback) => store.destroy(prefix + id, callback),
    touch: (id: string, entry: session.SessionData, callback?: () => void) =>
      store.touch?.(prefix + id, entry, callback),
  };
}

/** Stores without a server judge by the cookie in the entry. */
function secondsIn(store: SessionStore, id: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    store.get(id, (_error, entry) => {
      const cookie = (entry as { cookie?: { expires?: string | Date } } | null | undefined)?.cookie;
      resolve(cookie?.expires === undefined ? undefined : (new Date(cookie.expires).getTime() - Date.now()) / 1000);
    });
  });
}

/** All kinds, by the names of their packages. */
export const realStores: ReadonlyArray<readonly [name: string, start: () => Promise<StoreKind>]> = [
  ["express-session's MemoryStore", memory],
  ["connect-redis", redis],
  ["connect-pg-simple", postgres],
  ["session-file-store", files],
];
