/**
 * express-oauth2-jwt-bearer, as strict as it can be.
 *
 * @module
 */
import express from "express";
import { auth } from "express-oauth2-jwt-bearer";

/** @type {import("../server.js").CreateApp} */
export function createApp({ issuer, audience }) {
  const app = express();
  app.get("/me", auth({ issuerBaseURL: issuer, audience, strict: true }), (req, res) => {
    res.json({ sub: req.auth?.payload.sub });
  });
  return app;
}
