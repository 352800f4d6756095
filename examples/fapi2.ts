/**
 * A login by the FAPI 2.0 Security Profile: the app proves itself by a key of its own, and its tokens are bound to a key of the login (DPoP),
 * with which it calls an API. Start it behind a proxy that ends TLS, for the profile wants https everywhere:
 * `OIDC_ISSUER=... OIDC_CLIENT_ID=... OIDC_BASE_URL=https://... OIDC_SECRET=... CLIENT_KEY=client-key.pem API=https://... node build/examples/fapi2.js`
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import express from "express";
import { auth, requireAuth, signedIn } from "express-oidc";

const { PORT = "3005", CLIENT_KEY = "client-key.pem", API = "https://localhost:3001/api/me", RESOURCE } = process.env;

const app = express().disable("x-powered-by");

app.use(
  auth({
    profile: "fapi2",
    clientKey: readFileSync(CLIENT_KEY, "utf8"),
    dpop: true,
    // the profile has no RS256, which is what most providers sign with unless told otherwise
    idTokenSigningAlg: "PS256",
    ...(RESOURCE !== undefined && { authorizationParams: { resource: RESOURCE } }),
  }),
);

app.get("/me", requireAuth(), (req, res) => {
  res.json({ sub: signedIn(req).user.sub });
});

// not fetch(): the token is worth nothing without a proof of the key, made for this very call
app.get("/api", requireAuth(), async (req, res) => {
  const answer = await req.oidc.fetch(API, {}, { resource: RESOURCE });
  res.status(answer.status).json(await answer.json());
});

app.listen(Number(PORT), "localhost", () => console.log(`Listening on http://localhost:${PORT}`));
