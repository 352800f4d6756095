/**
 * An API that takes access tokens. Start it, with an issuer and a name of your own:
 * `ISSUER=https://id.example.com AUDIENCE=https://api.example.com node build/examples/api.js`
 * @module
 */
import process from "node:process";
import express from "express";
import { bearerOf, requireBearer } from "express-oidc";

const { ISSUER: issuer = "http://localhost:9000", AUDIENCE: audience = "https://api.example.com" } = process.env;

const app = express().disable("x-powered-by");

// judges every token, once
app.use("/api", requireBearer({ issuer, audience }));

app.get("/api/me", (req, res) => {
  const { claims, scopes, clientId } = bearerOf(req);
  res.json({ sub: claims.sub, scopes, clientId });
});

// narrow what has been accepted
app.get("/api/orders", requireBearer({ scope: "orders:read" }), (_req, res) => {
  res.json([{ id: 42 }]);
});

app.delete("/api/orders/:id", requireBearer({ scope: "orders:write", maxAge: 300 }), (_req, res) => {
  res.sendStatus(204);
});

const server = app.listen(Number(process.env["PORT"] ?? 3001), "localhost", () => {
  const address = server.address();
  console.log(`The API is at http://localhost:${typeof address === "object" ? address?.port : address}/api/me`);
});
