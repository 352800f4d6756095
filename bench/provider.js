/**
 * The OpenID Provider of the bench: one person, no questions asked, tokens of a fixed size.
 *
 * Runs as a child process beside the load, so that nothing it does is counted as a contender's CPU.
 *
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

const tokenLength = 1200;
const lifetime = 86_400;
const keyId = "bench";
const person = {
  sub: "248289761001",
  name: "Jane Doe",
  preferred_username: "jane",
  email: "jane@example.com",
  email_verified: true,
  picture: "https://example.com/jane.jpg",
};

const { publicKey, privateKey } = await generateKeyPair("RS256");
const publicJwk = { ...(await exportJWK(publicKey)), kid: keyId, alg: "RS256", use: "sig" };

/** @type {Map<string, { clientId: string, redirectUri: string, nonce: string | null, challenge: string | null }>} */
const codes = new Map();

const server = createServer((req, res) => {
  answer(req).then(
    ({ status = 200, headers = {}, body = {} }) => {
      res.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers });
      res.end(JSON.stringify(body));
    },
    (error) => {
      res.writeHead(500).end();
      console.error(error);
    },
  );
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
if (address === null || typeof address === "string") throw new Error("the provider has no port");
const issuer = `http://127.0.0.1:${address.port}`;

process.on("disconnect", () => process.exit(0));
process.send?.({ issuer, sub: person.sub });

/**
 * @param {import("node:http").IncomingMessage} req
 * @returns {Promise<{ status?: number, headers?: Record<string, string>, body?: object }>}
 */
async function answer(req) {
  const url = new URL(req.url ?? "/", issuer);
  if (url.pathname === "/.well-known/openid-configuration") return { body: metadata() };
  if (url.pathname === "/jwks") return { body: { keys: [publicJwk] } };
  if (url.pathname === "/authorize") return authorize(url.searchParams);
  if (url.pathname === "/token" && req.method === "POST") return exchange(req);
  return { status: 404, body: { error: "not_found" } };
}

function metadata() {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    token_endpoint_auth_methods_supported: ["client_secret_basic"],
    code_challenge_methods_supported: ["S256"],
    scopes_supported: ["openid", "profile", "email"],
    authorization_response_iss_parameter_supported: true,
  };
}

/** @param {URLSearchParams} query */
function authorize(query) {
  const code = randomBytes(24).toString("base64url");
  const redirectUri = query.get("redirect_uri") ?? "";
  codes.set(code, {
    clientId: query.get("client_id") ?? "",
    redirectUri,
    nonce: query.get("nonce"),
    challenge: query.get("code_challenge"),
  });
  const back = new URL(redirectUri);
  back.searchParams.set("code", code);
  back.searchParams.set("state", query.get("state") ?? "");
  back.searchParams.set("iss", issuer);
  return { status: 302, headers: { location: back.href } };
}

/** @param {import("node:http").IncomingMessage} req */
async function exchange(req) {
  let text = "";
  for await (const chunk of req.setEncoding("utf8")) text += chunk;
  const form = new URLSearchParams(text);
  const code = form.get("code") ?? "";
  const grant = codes.get(code);
  codes.delete(code);
  const verifier = form.get("code_verifier");
  const challenge = verifier === null ? null : createHash("sha256").update(verifier).digest("base64url");
  if (grant === undefined || grant.redirectUri !== form.get("redirect_uri") || grant.challenge !== challenge) {
    return { status: 400, body: { error: "invalid_grant" } };
  }
  const accessToken = await token({ sub: person.sub, client_id: grant.clientId, scope: "openid profile email" }, "api");
  const nonce = grant.nonce === null ? {} : { nonce: grant.nonce };
  const atHash = createHash("sha256").update(accessToken).digest().subarray(0, 16).toString("base64url");
  const idToken = await token(
    { ...person, ...nonce, at_hash: atHash, sid: randomBytes(16).toString("hex") },
    grant.clientId,
  );
  return {
    body: {
      access_token: accessToken,
      id_token: idToken,
      token_type: "Bearer",
      expires_in: lifetime,
      scope: "openid profile email",
    },
  };
}

/**
 * @param {Record<string, unknown>} claims
 * @param {string} audience
 */
async function token(claims, audience) {
  const bare = await sign(claims, audience);
  // Three bytes of claims are four characters of token; the claim's own name and quotes take the rest.
  const padding = Math.floor(((tokenLength - bare.length) * 3) / 4) - ',"groups":""'.length;
  const groups = randomBytes(Math.ceil(padding / 2))
    .toString("hex")
    .slice(0, padding);
  return sign({ ...claims, groups }, audience);
}

/**
 * @param {Record<string, unknown>} claims
 * @param {string} audience
 */
function sign(claims, audience) {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ ...claims, iss: issuer, aud: audience, iat: now, exp: now + lifetime, auth_time: now })
    .setProtectedHeader({ alg: "RS256", kid: keyId })
    .sign(privateKey);
}
