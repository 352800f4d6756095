/**
 * express-oidc behind an express-session that the app has mounted itself.
 *
 * @module
 */
import express from "express";
import session from "express-session";
import { auth, requireAuth } from "../../dist/index.js";

/** @type {import("../server.js").CreateApp} */
export function createApp({ issuer, baseUrl, clientId, clientSecret, secret }) {
  const app = express();
  app.use(session({ secret, resave: false, saveUninitialized: false, store: new session.MemoryStore() }));
  app.use(auth({ issuer, baseUrl, clientId, clientSecret, secret }));
  app.get("/me", requireAuth(), (req, res) => {
    res.json({ sub: req.oidc.user?.sub });
  });
  return app;
}
