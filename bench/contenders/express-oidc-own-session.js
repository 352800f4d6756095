/**
 * express-oidc behind an express-session that the app has mounted itself.
 *
 * @module
 */
import express from "express";
import session from "express-session";
import { auth, requireAuth } from "../../dist/index.js";
import { redisState } from "../../dist/redis.js";
import { createStore } from "./store.js";

/** @type {import("../server.js").CreateApp} */
export async function createApp({ issuer, baseUrl, clientId, clientSecret, secret, redisUrl }) {
  const { store, client } = await createStore(redisUrl);
  const state = client && redisState(client);
  const app = express();
  app.use(session({ secret, resave: false, saveUninitialized: false, store }));
  app.use(auth({ issuer, baseUrl, clientId, clientSecret, secret, ...(state && { state }) }));
  app.get("/me", requireAuth(), (req, res) => {
    res.json({ sub: req.oidc.user?.sub });
  });
  return app;
}
