/**
 * fast-jwt with its cache: the issuer's keys fetched by hand, and each check that RFC 9068 asks for.
 *
 * @module
 */
import { createPublicKey } from "node:crypto";
import express from "express";
import { createVerifier } from "fast-jwt";

/** Its default of a thousand would push out each of a thousand tokens in turn just before it comes again. */
const cachedTokens = 10_000;

/** @type {import("../server.js").CreateApp} */
export async function createApp({ issuer, audience, algs }) {
  const keys = await fetchKeys(issuer);
  const verify = createVerifier({
    key: async (/** @type {import("fast-jwt").DecodedJwt} */ { header }) => keys.get(header["kid"]) ?? "",
    cache: cachedTokens,
    algorithms: /** @type {import("fast-jwt").Algorithm[]} */ (algs),
    allowedIss: issuer,
    allowedAud: audience,
    checkTyp: "at+jwt",
    requiredClaims: ["sub", "exp", "client_id"],
  });
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
      res.locals.claims = await verify(token);
    } catch {
      res.status(401).set("WWW-Authenticate", 'Bearer error="invalid_token"').json({ error: "invalid_token" });
      return;
    }
    next();
  }
}

/**
 * @param {string} issuer
 * @returns {Promise<Map<string, string>>} by key id, as PEM.
 */
async function fetchKeys(issuer) {
  const response = await fetch(`${issuer}/jwks`);
  const { keys } = /** @type {{ keys: (JsonWebKey & { kid: string })[] }} */ (await response.json());
  return new Map(
    keys.map((key) => [
      key.kid,
      createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "pem" }).toString(),
    ]),
  );
}
