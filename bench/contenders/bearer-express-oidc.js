/**
 * express-oidc in front of an API.
 *
 * @module
 */
import express from "express";
import { requireBearer } from "../../dist/index.js";

/** @type {import("../server.js").CreateApp} */
export function createApp({ issuer, audience }) {
  return createApi(requireBearer({ issuer, audience, strict: true }));
}

/** @param {import("../../dist/index.js").BearerMiddleware} guard */
export function createApi(guard) {
  const app = express();
  app.get("/me", guard, (req, res) => {
    // express-oauth2-jwt-bearer's type of req.auth and ours can't both hold in one program.
    const auth = /** @type {import("../../dist/index.js").BearerAuth} */ (/** @type {unknown} */ (req.auth));
    res.json({ sub: auth.claims.sub });
  });
  return app;
}
