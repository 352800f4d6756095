/**
 * One app for people with a browser and for programs with an access token. Start it with a client of your provider's:
 * `OIDC_ISSUER=... OIDC_CLIENT_ID=... OIDC_CLIENT_SECRET=... OIDC_BASE_URL=http://localhost:3002 OIDC_SECRET=... AUDIENCE=... node build/examples/session-or-bearer.js`
 * @module
 */
import process from "node:process";
import express from "express";
import { auth, bearerOf, requireAuth, requireBearer, signedIn } from "express-oidc";

const app = express().disable("x-powered-by");

app.use(auth());

// tokens of the same provider that are meant for this app
const bearer = requireBearer({ audience: process.env["AUDIENCE"] ?? "https://api.example.com" });

app.get("/me", requireAuth({ bearer }), (req, res) => {
  const { sub } = req.auth === undefined ? signedIn(req).user : bearerOf(req).claims;
  res.json({ sub, with: req.auth === undefined ? "a login" : "an access token" });
});

// the rules of a route hold for either
app.get("/reports", requireAuth({ bearer, scope: "reports" }), (_req, res) => {
  res.json([]);
});

const server = app.listen(Number(process.env["PORT"] ?? 3002), "localhost", () => {
  const address = server.address();
  console.log(`Open http://localhost:${typeof address === "object" ? address?.port : address}/me`);
});
