/**
 * A program of its own with a guarded API, for tests that look at what a process prints. It uses the built library, logs each caller and each
 * error as apps do, tells its port in one line, and ends with its standard input.
 * @module
 */
import { createServer } from "node:http";
import express from "express";
import { requireBearer } from "express-oidc";

const server = createServer().listen(0, "localhost", () => {
  const app = express();
  const log = (error, _req, res, _next) => {
    console.error(error);
    for (const [name, value] of Object.entries(error.headers ?? {})) res.setHeader(name, value);
    res.status(error.status ?? 500).json({ error });
  };
  const options = JSON.parse(process.argv[2] ?? "{}");
  app.use("/own", requireBearer({ ...options, onRefused: log }));
  app.use(requireBearer(options));
  app.get("/admin", requireBearer({ scope: "admin" }));
  app.get("/claims", requireBearer({ claims: { tenant: "blue" } }));
  app.get("/fresh", requireBearer({ maxAge: 60, acr: "gold" }));
  app.use((req, res) => {
    console.error(req.auth, JSON.stringify(req.auth));
    res.json({ auth: req.auth });
  });
  app.use(log);
  server.on("request", app);
  console.log(server.address().port);
});
process.stdin.resume().on("end", () => process.exit());
