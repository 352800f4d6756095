/**
 * The OpenID Provider of the bench: no questions asked, tokens of a fixed size.
 *
 * Runs as a child process beside the load, so that nothing it does is counted as a contender's CPU. It does little for a login, so that it is
 * never what is measured: access tokens, which only an API would read, are made beforehand.
 *
 * The visitor of the bench plays the person, and may add two parameters to an authorization request that no contender knows of: `person`,
 * who logs in, and `forge`, what is to be wrong with the answer.
 *
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

const tokenLength = 1200;
const lifetime = 86_400;
/** Of the access token of a login that asks for `offline_access`: a login whose token is to be renewed soon. Seconds. */
const shortLifetime = 1;
const keyId = "bench";
/** As long as one of RS256 with a key of 2048 bits. */
const signature = "x".repeat(342);
const person = {
  sub: "248289761001",
  name: "Jane Doe",
  preferred_username: "jane",
  email: "jane@example.com",
  email_verified: true,
  picture: "https://example.com/jane.jpg",
};

const { publicKey, privateKey } = await generateKeyPair("RS256");
const stranger = await generateKeyPair("RS256");
const publicJwk = { ...(await exportJWK(publicKey)), kid: keyId, alg: "RS256", use: "sig" };

/**
 * @typedef {object} Grant
 * @property {string} clientId
 * @property {string} redirectUri
 * @property {string | null} nonce
 * @property {string | null} challenge
 * @property {string} person
 * @property {string | null} forge
 * @property {boolean} isOffline
 */
/** @type {Map<string, Grant>} */
const codes = new Map();
/** Each counts once: the one after it comes with the tokens that it has brought. @type {Set<string>} */
const refreshTokens = new Set();
/** @type {Map<string, { text: string, hash: string }>} */
const accessTokens = new Map();
let refreshes = 0;

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
process.on("message", (question) => {
  if (question === "refreshes") process.send?.(refreshes);
});
process.send?.({ issuer, sub: person.sub, tokenBytes: 2 * tokenLength });

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
    grant_types_supported: ["authorization_code", "refresh_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    token_endpoint_auth_methods_supported: ["client_secret_basic"],
    code_challenge_methods_supported: ["S256"],
    scopes_supported: ["openid", "profile", "email", "offline_access"],
    authorization_response_iss_parameter_supported: true,
  };
}

/** @param {URLSearchParams} query */
function authorize(query) {
  const code = randomBytes(24).toString("base64url");
  const redirectUri = query.get("redirect_uri") ?? "";
  const forge = query.get("forge");
  codes.set(code, {
    clientId: query.get("client_id") ?? "",
    redirectUri,
    nonce: query.get("nonce"),
    challenge: query.get("code_challenge"),
    person: query.get("person") ?? person.sub,
    forge,
    isOffline: query.get("scope")?.split(" ").includes("offline_access") ?? false,
  });
  const back = new URL(redirectUri);
  back.searchParams.set("code", code);
  back.searchParams.set("state", forge === "state" ? "made-up" : (query.get("state") ?? ""));
  back.searchParams.set("iss", forge === "response-iss" ? "https://id.example.com" : issuer);
  return { status: 302, headers: { location: back.href } };
}

/** @param {import("node:http").IncomingMessage} req */
async function exchange(req) {
  let text = "";
  for await (const chunk of req.setEncoding("utf8")) text += chunk;
  const form = new URLSearchParams(text);
  return form.get("grant_type") === "refresh_token" ? refresh(form) : redeem(form);
}

/** @param {URLSearchParams} form */
async function redeem(form) {
  const code = form.get("code") ?? "";
  const grant = codes.get(code);
  codes.delete(code);
  const verifier = form.get("code_verifier");
  const challenge = verifier === null ? null : createHash("sha256").update(verifier).digest("base64url");
  if (grant === undefined || grant.redirectUri !== form.get("redirect_uri") || grant.challenge !== challenge) {
    return { status: 400, body: { error: "invalid_grant" } };
  }
  const { text: accessToken, hash } = await accessTokenFor(grant.clientId);
  const id_token = await idToken(grant, hash);
  const scope = `openid profile email${grant.isOffline ? " offline_access" : ""}`;
  const refreshing = grant.isOffline && { refresh_token: newRefreshToken() };
  const expires_in = grant.isOffline ? shortLifetime : lifetime;
  return { body: { access_token: accessToken, id_token, token_type: "Bearer", expires_in, scope, ...refreshing } };
}

/** @param {URLSearchParams} form */
function refresh(form) {
  refreshes += 1;
  if (!refreshTokens.delete(form.get("refresh_token") ?? "")) return { status: 400, body: { error: "invalid_grant" } };
  const refresh_token = newRefreshToken();
  return { body: { access_token: "renewed", token_type: "Bearer", expires_in: lifetime, refresh_token } };
}

function newRefreshToken() {
  const token = randomBytes(32).toString("base64url");
  refreshTokens.add(token);
  return token;
}

/** @param {string} clientId */
async function accessTokenFor(clientId) {
  const made = accessTokens.get(clientId);
  if (made !== undefined) return made;
  const text = await sign({ claims: timed({ sub: person.sub, client_id: clientId, aud: "api" }), key: privateKey });
  const hash = createHash("sha256").update(text).digest().subarray(0, 16).toString("base64url");
  accessTokens.set(clientId, { text, hash });
  return { text, hash };
}

/**
 * @param {Grant} grant
 * @param {string} accessTokenHash
 */
async function idToken({ clientId, nonce, person: sub, forge }, accessTokenHash) {
  const right = timed({ ...person, sub, aud: clientId, ...(nonce !== null && { nonce }), at_hash: accessTokenHash });
  const claims = { ...right, ...wrongClaims(forge, right.iat) };
  const token = await sign({ claims, key: forge === "key" ? stranger.privateKey : privateKey });
  const [header = "", , signature = ""] = token.split(".");
  if (forge === "person") return `${header}.${encode({ ...claims, sub: "somebody else" })}.${signature}`;
  return forge === "none" ? `${encode({ alg: "none" })}.${encode(claims)}.` : token;
}

/**
 * @param {string | null} forge
 * @param {number} now
 * @returns {object}
 */
function wrongClaims(forge, now) {
  if (forge === "nonce") return { nonce: "of another login" };
  if (forge === "aud") return { aud: "another client" };
  if (forge === "iss") return { iss: "https://id.example.com" };
  return forge === "exp" ? { iat: now - 7200, exp: now - 3600 } : {};
}

/** @param {Record<string, unknown>} claims */
function timed(claims) {
  const now = Math.floor(Date.now() / 1000);
  return { iss: issuer, iat: now, exp: now + lifetime, auth_time: now, ...claims };
}

/**
 * A token of a fixed length: three bytes of claims are four characters of it.
 *
 * @param {{ claims: Record<string, unknown>, key: CryptoKey }} what
 */
function sign({ claims, key }) {
  const header = { alg: "RS256", kid: keyId };
  const rest = [encode(header), encode({ ...claims, groups: "" }), signature].join(".").length;
  const padding = Math.max(0, Math.floor(((tokenLength - rest) * 3) / 4));
  const groups = randomBytes(Math.ceil(padding / 2)).toString("hex");
  return new SignJWT({ ...claims, groups: groups.slice(0, padding) }).setProtectedHeader(header).sign(key);
}

/** @param {object} part */
function encode(part) {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
