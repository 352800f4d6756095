/**
 * The issuer of the access tokens: its metadata, its keys, and tokens of RFC 9068, as many as are wanted.
 *
 * It runs in the process of the load, which is idle while tokens are made and when keys are fetched.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** The algorithms that are measured. The issuer has a key for each. */
export const algs = ["RS256", "ES256", "EdDSA"];

/** What the API is called in tokens. */
export const audience = "https://api.example.com";

const lifetime = 86_400;
const atOnce = 100;

/** @typedef {Awaited<ReturnType<typeof startIssuer>>} Issuer */
/** @typedef {{ token: string, sub: string }} Minted */

/** Starts it on a free port. */
export async function startIssuer() {
  const keys = new Map(await Promise.all(algs.map(async (alg) => /** @type {const} */ ([alg, await createKey(alg)]))));
  const server = createServer((req, res) => {
    const body = documents.get(req.url ?? "");
    res.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
    res.end(JSON.stringify(body ?? { error: "not_found" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the issuer has no port");
  const issuer = `http://127.0.0.1:${address.port}`;
  const documents = new Map(Object.entries(documentsOf(issuer, [...keys.values()])));

  /** @param {string} alg */
  function keyOf(alg) {
    const key = keys.get(alg);
    if (key === undefined) throw new Error(`the issuer has no key for ${alg}`);
    return key;
  }

  /**
   * The claims of a new token: those of RFC 9068 and a few more, as providers write them.
   *
   * @param {string} sub
   */
  function claimsFor(sub) {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: issuer,
      sub,
      aud: audience,
      client_id: "3f1a2b64-6c1e-4a55-9a71-0c8e8c1d2f10",
      scope: "openid profile email orders:read orders:write",
      jti: randomUUID(),
      iat: now,
      exp: now + lifetime,
      auth_time: now,
      acr: "urn:mace:incommon:iap:silver",
      roles: ["customer", "editor"],
    };
  }

  /**
   * @param {string} alg
   * @param {string} sub
   */
  async function mintOne(alg, sub) {
    const { kid, privateKey } = keyOf(alg);
    const token = await new SignJWT(claimsFor(sub)).setProtectedHeader({ alg, kid, typ: "at+jwt" }).sign(privateKey);
    return { token, sub };
  }

  /**
   * Makes tokens, each for another person.
   *
   * @param {string} alg
   * @param {number} count
   * @returns {Promise<Minted[]>}
   */
  async function mint(alg, count) {
    /** @type {Minted[]} */
    const minted = [];
    while (minted.length < count) {
      const some = Array.from({ length: Math.min(atOnce, count - minted.length) }, () => mintOne(alg, randomUUID()));
      minted.push(...(await Promise.all(some)));
    }
    return minted;
  }

  async function stop() {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }

  return { issuer, keyOf, claimsFor, mint, stop };
}

/** @param {string} alg */
async function createKey(alg) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const kid = `bench-${alg}`;
  return { kid, privateKey, publicKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

/**
 * @param {string} issuer
 * @param {{ publicJwk: object }[]} keys
 */
function documentsOf(issuer, keys) {
  return {
    "/jwks": { keys: keys.map(({ publicJwk }) => publicJwk) },
    "/.well-known/openid-configuration": {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: algs,
    },
  };
}
