/**
 * A login at a provider that speaks plain OAuth 2.0, without ID tokens: GitHub, unless the environment names another one.
 * Start it with an app that is registered there with `http://localhost:3004/callback`:
 * `OIDC_CLIENT_ID=... OIDC_CLIENT_SECRET=... OIDC_SECRET=... node build/examples/oauth2-only.js`
 * @module
 */
import process from "node:process";
import express from "express";
import { auth, requireAuth, signedIn } from "express-oidc";

const { PORT = "3004" } = process.env;

const app = express().disable("x-powered-by");

app.use(
  auth({
    protocol: "oauth2",
    // GitHub publishes no metadata, so the app holds it; its name is a part of the key of an account
    issuer: {
      issuer: process.env["ISSUER"] ?? "https://github.com",
      authorization_endpoint: process.env["AUTHORIZATION_ENDPOINT"] ?? "https://github.com/login/oauth/authorize",
      token_endpoint: process.env["TOKEN_ENDPOINT"] ?? "https://github.com/login/oauth/access_token",
      userinfo_endpoint: process.env["USERINFO_ENDPOINT"] ?? "https://api.github.com/user",
    },
    clientAuth: "client_secret_post",
    baseUrl: `http://localhost:${PORT}`,
    scope: "read:user",
    // who the person is: a number that never changes, unlike the login name
    userinfo: { sub: "id" },
  }),
);

app.get("/me", requireAuth(), (req, res) => {
  const { sub, login } = signedIn(req).user;
  res.json({ sub, login });
});

app.listen(Number(PORT), "localhost", () => console.log(`Open http://localhost:${PORT}/me`));
