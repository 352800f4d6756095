import connectPgSimple from "connect-pg-simple";
import session from "express-session";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type PostgresServer, startPostgres } from "../support/postgres-server.js";
import { failureIn, startScriptedWorld } from "../support/scripted-world.js";

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
}, 60_000);

afterAll(() => postgres.close());

/** A store as the documents write it: its pool waits for nothing without an end. */
function createStore(): session.Store {
  const limits = { query_timeout: 1000, connectionTimeoutMillis: 1000 };
  const pool = new pg.Pool({ connectionString: postgres.url, ...limits });
  pool.on("error", () => undefined);
  onTestFinished(() => pool.end());
  const PgStore = connectPgSimple(session);
  return new PgStore({ pool, createTableIfMissing: true, pruneSessionInterval: false, errorLog: () => undefined });
}

describe("PostgreSQL as session store", () => {
  test("that is stopped answers 503 within three seconds, and everybody is there again when it is back", async () => {
    const { app, signIn } = await startScriptedWorld({ options: { session: { store: createStore() } } });
    const { browser } = await signIn();
    expect((await browser.fetch("/api")).json()).toEqual({ sub: "ada" });
    await postgres.process.stop("SIGINT");
    for (const path of ["/api", "/private"]) {
      const startedMs = performance.now();
      const failure = failureIn(await browser.fetch(app.url + path));
      expect(failure).toMatchObject({ status: 503, code: "OIDC_STATE_UNAVAILABLE" });
      expect(performance.now() - startedMs).toBeLessThan(3000);
    }
    await postgres.process.start();
    // it listens a moment before it takes queries
    await expect.poll(async () => (await browser.fetch("/api")).status, { timeout: 10_000 }).toBe(200);
    expect((await browser.fetch("/private")).json()).toEqual({ sub: "ada" });
  });
});
