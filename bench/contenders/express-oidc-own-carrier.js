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
export async function createApp({ issuer, baseUrl, clientId, clientSecret, secret, scope, redisUrl }) {
  const { store, client } = await createStore(redisUrl);
  const state = client && redisState(client);
  const app = express();
  const session = { reqSession: false, store };
  app.use(auth({ issuer, baseUrl, clientId, clientSecret, secret, scope, session, ...(state && { state }) }));
  app.get("/me", requireAuth(), (req, res) => {
    res.json({ sub: req.oidc.user?.sub });
  });
  app.get("/token", requireAuth(), async (req, res) => {
    res.json({ token: await req.oidc.getAccessToken() });
  });
  return app;
}
