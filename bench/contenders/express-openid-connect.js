/**
 * express-openid-connect with its default session, the encrypted cookie.
 *
 * @module
 */
import express from "express";
import openidConnect from "express-openid-connect";

const { auth, requiresAuth } = openidConnect;

/** @type {import("../server.js").CreateApp} */
export function createApp({ issuer, baseUrl, clientId, clientSecret, secret }) {
  const app = express();
  app.use(
    auth({
      issuerBaseURL: issuer,
      baseURL: baseUrl,
      clientID: clientId,
      clientSecret,
      secret,
      authRequired: false,
      // Its default asks for an ID token alone; the others hold an access token too.
      authorizationParams: { response_type: "code", scope: "openid profile email" },
    }),
  );
  app.get("/me", requiresAuth(), (req, res) => {
    res.json({ sub: req.oidc.user?.sub });
  });
  return app;
}
