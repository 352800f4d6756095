/**
 * passport-jwt with jwks-rsa. It knows no EdDSA and does not look at the type of a token.
 *
 * @module
 */
import express from "express";
import jwksRsa from "jwks-rsa";
import passport from "passport";
import { ExtractJwt, Strategy } from "passport-jwt";

/** @type {import("../server.js").CreateApp} */
export function createApp({ issuer, audience }) {
  const strategy = new Strategy(
    {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: jwksRsa.passportJwtSecret({ jwksUri: `${issuer}/jwks`, cache: true, rateLimit: true }),
      issuer,
      audience,
      algorithms: ["RS256", "ES256"],
    },
    (/** @type {object} */ claims, /** @type {(error: null, user: object) => void} */ done) => done(null, claims),
  );
  const passports = new passport.Passport().use(strategy);
  const app = express();
  app.get("/me", passports.authenticate("jwt", { session: false }), (req, res) => {
    const { user } = /** @type {{ user: { sub: string } }} */ (/** @type {unknown} */ (req));
    res.json({ sub: user.sub });
  });
  return app;
}
