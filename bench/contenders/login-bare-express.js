/**
 * The floor of a login: Express answers as often, and does nothing.
 *
 * @module
 */
import express from "express";

/** @type {import("../server.js").CreateApp} */
export function createApp({ issuer, baseUrl, clientId, sub }) {
  const redirectUri = encodeURIComponent(`${baseUrl}/callback`);
  const app = express();
  app.get("/login", (_req, res) => {
    res.redirect(`${issuer}/authorize?client_id=${clientId}&redirect_uri=${redirectUri}&state=none`);
  });
  app.get("/callback", (_req, res) => {
    res.redirect("/me");
  });
  app.get("/me", (_req, res) => {
    res.json({ sub });
  });
  return app;
}
