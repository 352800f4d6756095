/**
 * express-oidc, its session mounted by `auth()`.
 *
 * @module
 */
import express from "express";
import { auth, requireAuth } from "../../dist/index.js";

/** @type {import("../server.js").CreateApp} */
export function createApp({ issuer, baseUrl, clientId, clientSecret, secret }) {
  const app = express();
  app.use(auth({ issuer, baseUrl, clientId, clientSecret, secret }));
  app.get("/me", requireAuth(), (req, res) => {
    res.json({ sub: req.oidc.user?.sub });
  });
  return app;
}
