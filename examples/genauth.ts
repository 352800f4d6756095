/**
 * A login at GenAuth (formerly Authing). Start it with an app of GenAuth's console, where `http://localhost:3003/callback` is registered:
 * `GENAUTH_APP_ID=... GENAUTH_APP_SECRET=... GENAUTH_APP_HOST=https://....genauth.ai OIDC_SECRET=... node build/examples/genauth.js`
 * @module
 */
import process from "node:process";
import express from "express";
import { auth, requireAuth, requireBearer, signedIn } from "express-oidc";
import { genauth } from "express-oidc/genauth";

const { GENAUTH_APP_ID: appId = "", GENAUTH_APP_SECRET: appSecret = "", PORT = "3003" } = process.env;
const appHost = process.env["GENAUTH_APP_HOST"] ?? "";

const app = express().disable("x-powered-by");

app.use(
  auth(
    genauth({
      appId,
      appSecret,
      appHost,
      redirectUri: `http://localhost:${PORT}/callback`,
      // what the console says: RS256 or HS256
      idTokenSigningAlg: process.env["GENAUTH_ALG"] === "HS256" ? "HS256" : "RS256",
      // a refresh token comes with offline_access only
      scope: "openid profile email phone offline_access",
    }),
  ),
);

app.get("/me", requireAuth(), (req, res) => {
  const { sub, name, phone_number: phone } = signedIn(req).user;
  res.json({ sub, name, phone });
});

// programs that bring an access token of this app, which GenAuth makes a JWT
app.get("/api/me", requireBearer({ audience: appId, scope: "profile" }), (req, res) => {
  res.json({ sub: req.auth?.claims.sub });
});

app.listen(Number(PORT), "localhost", () => console.log(`Open http://localhost:${PORT}/me`));
