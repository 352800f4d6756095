/**
 * What people write by hand: jose's jwtVerify with the issuer's keys, and each check that RFC 9068 asks for.
 *
 * @module
 */
import express from "express";
import { createRemoteJWKSet, jwtVerify } from "jose";

/** @type {import("../server.js").CreateApp} */
export function createApp({ issuer, audience, algs }) {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const rules = { issuer, audience, algorithms: algs, typ: "at+jwt", requiredClaims: ["sub", "exp", "client_id"] };
  const app = express();
  app.get("/me", guard, (_req, res) => {
    res.json({ sub: res.locals.claims.sub });
  });
  return app;

  /**
   * @param {express.Request} req
   * @param {express.Response} res
   * @param {express.NextFunction} next
   */
  async function guard(req, res, next) {
    const [, token] = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? "") ?? [];
    if (token === undefined) {
      res.status(401).set("WWW-Authenticate", "Bearer").json({ error: "no token" });
      return;
    }
    try {
      const { payload } = await jwtVerify(token, keys, rules);
      res.locals.claims = payload;
    } catch {
      res.status(401).set("WWW-Authenticate", 'Bearer error="invalid_token"').json({ error: "invalid_token" });
      return;
    }
    next();
  }
}
