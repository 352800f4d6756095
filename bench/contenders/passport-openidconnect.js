/**
 * passport with passport-openidconnect, over express-session that holds the tokens.
 *
 * @module
 */
import express from "express";
import session from "express-session";
import passport from "passport";
import OpenIdConnectStrategy from "passport-openidconnect";
import { createStore } from "./store.js";

/** @typedef {(error: null, user: object) => void} Done */

/** @type {import("../server.js").CreateApp} */
export async function createApp({ issuer, baseUrl, clientId, clientSecret, secret, redisUrl }) {
  const { store } = await createStore(redisUrl);
  const strategy = new OpenIdConnectStrategy(
    {
      issuer,
      authorizationURL: `${issuer}/authorize`,
      tokenURL: `${issuer}/token`,
      userInfoURL: `${issuer}/userinfo`,
      skipUserProfile: true,
      clientID: clientId,
      clientSecret,
      callbackURL: `${baseUrl}/callback`,
      scope: ["profile", "email"],
      // Its default leaves it out.
      nonce: true,
    },
    keepLogin,
  );
  const passports = new passport.Passport().use(strategy);
  passports.serializeUser((/** @type {object} */ user, /** @type {Done} */ done) => done(null, user));
  passports.deserializeUser((/** @type {object} */ user, /** @type {Done} */ done) => done(null, user));
  const app = express();
  app.use(session({ secret, resave: false, saveUninitialized: false, store }));
  app.use(passports.session());
  app.get("/login", passports.authenticate("openidconnect"));
  app.get("/callback", passports.authenticate("openidconnect", { successRedirect: "/me", failWithError: true }));
  app.get("/me", guard, (req, res) => {
    const { user } = /** @type {{ user: { sub: string } }} */ (/** @type {unknown} */ (req));
    res.json({ sub: user.sub });
  });
  return app;
}

/**
 * @param {string} _issuer
 * @param {{ id: string }} profile
 * @param {object} _context
 * @param {string} idToken
 * @param {string} accessToken
 * @param {string} _refreshToken
 * @param {Done} done
 */
function keepLogin(_issuer, { id }, _context, idToken, accessToken, _refreshToken, done) {
  done(null, { sub: id, idToken, accessToken });
}

/**
 * @param {express.Request} req
 * @param {express.Response} res
 * @param {express.NextFunction} next
 */
function guard(req, res, next) {
  const { user } = /** @type {{ user?: object }} */ (/** @type {unknown} */ (req));
  if (user !== undefined) next();
  else if (req.accepts("html")) res.redirect("/login");
  else res.sendStatus(401);
}
