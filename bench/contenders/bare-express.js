/**
 * The floor: Express with one route and nothing before it.
 *
 * @module
 */
import express from "express";

/** @type {import("../server.js").CreateApp} */
export function createApp({ sub }) {
  const app = express();
  app.get("/me", (_req, res) => {
    res.json({ sub });
  });
  return app;
}
