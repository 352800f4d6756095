/**
 * express-oidc without `req.session`: a cookie of its own carries the login.
 *
 * @module
 */
import express from "express";
import { auth, requireAuth } from "../../dist/index.js";
import { redisState } from "../../dist/redis.js";
import { createStore } from "./store.js";

/** @type {import("../server.js").CreateApp} */
export function createApp(surroundings) {
  return createAppWith(surroundings, {});
}

/**
 * @param {import("../server.js").Surroundings} surroundings
 * @param {import("../../dist/index.js").AuthOptions} more
 */
export async function createAppWith(surroundings, more) {
  const { issuer, baseUrl, clientId, clientSecret, secret, scope, redisUrl } = surroundings;
  const { store, client } = await createStore(redisUrl);
  const state = client && redisState(client);
  const app = express();
  const session = { reqSession: false, store };
  app.use(auth({ issuer, baseUrl, clientId, clientSecret, secret, scope, session, ...(state && { state }), ...more }));
  app.get("/me", requireAuth(), (req, res) => {
    res.json({ sub: req.oidc.user?.sub });
  });
  app.get("/token", requireAuth(), async (req, res) => {
    res.json({ token: await req.oidc.getAccessToken() });
  });
  return app;
}
