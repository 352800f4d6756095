/**
 * A program of its own with a guarded app, for tests that look at what a process prints. It uses the built library, tells its port in
 * one line, and ends with its standard input.
 * @module
 */
import { createServer } from "node:http";
import express from "express";
import { auth, requireAuth } from "express-oidc";

const server = createServer().listen(0, "localhost", () => {
  const { port } = server.address();
  const app = express();
  app.use(auth({ ...JSON.parse(process.argv[2] ?? "{}"), baseUrl: `http://localhost:${port}` }));
  app.get("/private", requireAuth(), (req, res) => res.json({ sub: req.oidc.user.sub }));
  app.get("/fresh", requireAuth({ acr: "gold" }), (_req, res) => res.json({}));
  app.get("/barred", requireAuth({ claims: { role: "admin" } }), (_req, res) => res.json({}));
  app.get("/refresh", requireAuth(), async (req, res) => {
    await req.oidc.refresh();
    res.json({});
  });
  app.use((error, _req, res, _next) => res.status(error.status ?? 500).json({ code: error.code }));
  server.on("request", app);
  console.log(port);
});
process.stdin.resume().on("end", () => process.exit());
