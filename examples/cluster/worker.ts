/**
 * One process of several: an app whose sessions, logins and locks are shared with the others.
 * @module
 */
import process from "node:process";
import connectPgSimple from "connect-pg-simple";
import { RedisStore } from "connect-redis";
import express from "express";
import { auth, requireAuth, type SessionStore, signedIn } from "express-oidc";
import { redisState } from "express-oidc/redis";
import session from "express-session";
import pg from "pg";
import { createClient } from "redis";
import type { Order, Ready, WorkerSetup } from "./messages.js";

declare module "express-session" {
  interface SessionData {
    notes?: string[];
  }
}

const setup = JSON.parse(process.env["CLUSTER_SETUP"] ?? "{}") as WorkerSetup;

const redis = createClient({ url: setup.redisUrl, disableOfflineQueue: true, socket: { reconnectStrategy: 100 } });
redis.on("error", () => undefined); // it tries again by itself; the app answers 503 meanwhile
redis.connect().catch(() => undefined);

function createStore(): SessionStore {
  if (setup.postgresUrl === undefined) return new RedisStore({ client: redis });
  // a few connections that stay: opening one costs PostgreSQL far more than a query
  const limits = { query_timeout: 1000, connectionTimeoutMillis: 1000 };
  const pool = new pg.Pool({ connectionString: setup.postgresUrl, max: 4, idleTimeoutMillis: 0, ...limits });
  pool.on("error", () => undefined);
  return new (connectPgSimple(session))({ pool, createTableIfMissing: true });
}

const oidc = auth({
  issuer: setup.issuer,
  clientId: setup.clientId,
  clientSecret: setup.clientSecret,
  baseUrl: setup.baseUrl,
  secret: setup.secret,
  scope: "openid profile offline_access",
  authorizationParams: { prompt: "consent" },
  session: { store: createStore() },
  state: redisState(redis),
  http: { timeout: setup.httpTimeout },
});

const app = express().disable("x-powered-by");

// before auth(): behind it a request with a session is 503 itself while the store is away
app.get("/health", async (_req, res) => {
  const health = await oidc.health();
  res.status(health.ok ? 200 : 503).json(health);
});

app.use(oidc);

app.get("/", (req, res) => {
  res.type("text").send(req.oidc.user ? `Process ${process.pid}: hello, ${req.oidc.user.name}` : "Go to /me to log in");
});

app.get("/me", requireAuth(), (req, res) => {
  res.json({ process: process.pid, sub: signedIn(req).user.sub, expiresAt: req.oidc.expiresAt });
});

/** Answers late, and writes its session then, as a slow report or an upload does. */
app.get("/slow", requireAuth(), async (req, res) => {
  await new Promise((resolve) => setTimeout(resolve, Number(req.query["ms"]) || 0));
  req.session.notes = [...(req.session.notes ?? []), new Date().toISOString()].slice(-10);
  res.json({ process: process.pid, notes: req.session.notes.length });
});

const handleError: express.ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (res.headersSent) return next(error);
  const { status = 500, code = "UNKNOWN" } = error as { status?: number; code?: string };
  res.status(status).json({ error: code });
};
app.use(handleError);

// two addresses: one for this process alone, and the one that all of them share
const alone = app.listen({ port: 0, host: "127.0.0.1", exclusive: true }, () => {
  app.listen(setup.port, "127.0.0.1", () => {
    const address = alone.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    process.send?.({ url: `http://localhost:${port}` } satisfies Ready);
  });
});

process.on("message", (order: Order) => {
  if (order !== "close") return;
  oidc.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
process.on("disconnect", () => process.exit(0));
