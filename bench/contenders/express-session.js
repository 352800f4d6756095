/**
 * What people write today: express-session that holds the tokens, openid-client for the login, a guard of three lines, and a renewal that requests
 * of one login share.
 *
 * @module
 */
import express from "express";
import session from "express-session";
import * as client from "openid-client";
import { createStore } from "./store.js";

/** @type {import("../server.js").CreateApp} */
export async function createApp({ issuer, baseUrl, clientId, clientSecret, secret, scope, redisUrl }) {
  const config = await client.discovery(new URL(issuer), clientId, {}, client.ClientSecretBasic(clientSecret), {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  });
  const { store } = await createStore(redisUrl);
  const app = express();
  app.use(session({ secret, resave: false, saveUninitialized: false, store }));

  app.get("/login", async (req, res) => {
    const verifier = client.randomPKCECodeVerifier();
    const attempt = { state: client.randomState(), nonce: client.randomNonce(), verifier };
    own(req.session).attempt = attempt;
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: `${baseUrl}/callback`,
      scope,
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    res.redirect(url.href);
  });

  app.get("/callback", async (req, res) => {
    const { attempt } = own(req.session);
    if (attempt === undefined) {
      res.sendStatus(400);
      return;
    }
    const tokens = await client.authorizationCodeGrant(config, new URL(req.originalUrl, baseUrl), {
      expectedState: attempt.state,
      expectedNonce: attempt.nonce,
      pkceCodeVerifier: attempt.verifier,
    });
    await new Promise((resolve, reject) =>
      req.session.regenerate((error) => (error ? reject(error) : resolve(undefined))),
    );
    const login = own(req.session);
    login.user = tokens.claims();
    login.idToken = tokens.id_token;
    keepTokens(login, tokens);
    res.redirect("/me");
  });

  app.get("/me", guard, (req, res) => {
    res.json({ sub: own(req.session).user?.sub });
  });

  /** @type {Map<string, Promise<string | undefined>>} */
  const flights = new Map();
  app.get("/token", guard, async (req, res) => {
    if (isFresh(own(req.session))) {
      res.json({ token: own(req.session).accessToken });
      return;
    }
    const id = req.sessionID;
    const flight = flights.get(id) ?? renew(config, req).finally(() => flights.delete(id));
    flights.set(id, flight);
    res.json({ token: await flight });
  });
  return app;
}

/**
 * @param {client.Configuration} config
 * @param {express.Request} req
 */
async function renew(config, req) {
  // Read again: another request may have renewed it since this one read its session.
  await new Promise((resolve, reject) => req.session.reload((error) => (error ? reject(error) : resolve(undefined))));
  const login = own(req.session);
  if (!isFresh(login)) {
    keepTokens(login, await client.refreshTokenGrant(config, login.refreshToken ?? ""));
    await new Promise((resolve, reject) => req.session.save((error) => (error ? reject(error) : resolve(undefined))));
  }
  return login.accessToken;
}

/** @param {Login} login */
function isFresh({ expiresAt = 0 }) {
  return expiresAt > Date.now() / 1000;
}

/**
 * @param {Login} login
 * @param {client.TokenEndpointResponse & client.TokenEndpointResponseHelpers} tokens
 */
function keepTokens(login, tokens) {
  login.accessToken = tokens.access_token;
  login.expiresAt = Math.floor(Date.now() / 1000) + (tokens.expiresIn() ?? 0);
  if (tokens.refresh_token !== undefined) login.refreshToken = tokens.refresh_token;
}

/**
 * @param {express.Request} req
 * @param {express.Response} res
 * @param {express.NextFunction} next
 */
function guard(req, res, next) {
  if (own(req.session).user !== undefined) next();
  else if (req.accepts("html")) res.redirect("/login");
  else res.sendStatus(401);
}

/**
 * @typedef {object} Login
 * @property {{ state: string, nonce: string, verifier: string }} [attempt]
 * @property {client.IDToken | undefined} [user]
 * @property {string | undefined} [idToken]
 * @property {string} [accessToken]
 * @property {string} [refreshToken]
 * @property {number} [expiresAt]
 */

/**
 * @param {object} content - The session, seen as what this app puts into it.
 * @returns {Login}
 */
function own(content) {
  return content;
}
