/**
 * express-jwt with jwks-rsa. It knows no EdDSA and does not look at the type of a token.
 *
 * @module
 */
import express from "express";
import { expressjwt } from "express-jwt";
import jwksRsa from "jwks-rsa";

/** @type {import("../server.js").CreateApp} */
export function createApp({ issuer, audience }) {
  const secret = jwksRsa.expressJwtSecret({ jwksUri: `${issuer}/jwks`, cache: true, rateLimit: true });
  const guard = expressjwt({ secret, issuer, audience, algorithms: ["RS256", "ES256"] });
  const app = express();
  app.get("/me", guard, (req, res) => {
    // Its type of req.auth and that of express-oauth2-jwt-bearer can't both hold in one program.
    const claims = /** @type {{ sub: string }} */ (/** @type {unknown} */ (req.auth));
    res.json({ sub: claims.sub });
  });
  return app;
}
