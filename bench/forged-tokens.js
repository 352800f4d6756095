/**
 * Access tokens that open nothing. A contender that accepts one of them is refused, not measured.
 *
 * @module
 */
import { createHmac } from "node:crypto";
import { exportSPKI, generateKeyPair, SignJWT } from "jose";
import { get } from "./visitor.js";

/** @typedef {import("./issuer.js").Issuer} Issuer */
/** @typedef {{ what: string, authorization?: string }} Attempt */

/**
 * The headers of the call that is measured.
 *
 * @param {string} [authorization]
 * @returns {Record<string, string>}
 */
export function bearerHeaders(authorization) {
  return { accept: "application/json", ...(authorization !== undefined && { authorization }) };
}

/**
 * A true token, and what is to be refused. Made once, for all contenders.
 *
 * @param {Issuer} issuer
 * @param {string} alg
 */
export async function forge(issuer, alg) {
  const [minted] = await issuer.mint(alg, 1);
  if (minted === undefined) throw new Error("no token");
  return { alg, minted, attempts: await attemptsWith(issuer, alg, minted.token) };
}

/**
 * Calls the API with a true token, with none, and with forged ones.
 *
 * @param {URL} page
 * @param {Awaited<ReturnType<typeof forge>>} forged
 * @returns {Promise<string | undefined>} what is wrong with the contender, or nothing.
 */
export async function findTokenWeakness(page, { alg, minted, attempts }) {
  // Twice: the second time it may be known from the first.
  if (!((await letsIn(page, minted)) && (await letsIn(page, minted)))) return `a true token of ${alg} is not let in`;
  for (const { what, authorization } of attempts) {
    const { status } = await get(page, bearerHeaders(authorization));
    if (status < 400) return `${alg}, ${what}: answered ${status}`;
  }
  return (await letsIn(page, minted)) ? undefined : "a true token is refused after forged ones";
}

/**
 * @param {URL} page
 * @param {import("./issuer.js").Minted} minted
 */
async function letsIn(page, { token, sub }) {
  const { status, body } = await get(page, bearerHeaders(`Bearer ${token}`));
  return status === 200 && body === JSON.stringify({ sub });
}

/**
 * @param {Issuer} issuer
 * @param {string} alg
 * @param {string} token
 * @returns {Promise<Attempt[]>}
 */
async function attemptsWith(issuer, alg, token) {
  const forged = [...changed(token), ...(await resigned(issuer, alg, token)), ...(await unfit(issuer, alg))];
  return [
    { what: "no token" },
    { what: "an empty token", authorization: "Bearer " },
    { what: "another scheme", authorization: `Basic ${token}` },
    ...forged.map(([what, text]) => ({ what, authorization: `Bearer ${text}` })),
  ];
}

/**
 * The true token, changed.
 *
 * @param {string} token
 * @returns {[string, string][]}
 */
function changed(token) {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  const other = signature.startsWith("A") ? "B" : "A";
  return [
    ["the signature changed", `${header}.${payload}.${other}${signature.slice(1)}`],
    ["no signature", `${header}.${payload}.`],
    ["the signature cut off", `${header}.${payload}`],
    ["half a signature", `${header}.${payload}.${signature.slice(0, signature.length / 2)}`],
    ["the person changed", `${header}.${encode({ ...claims, sub: "somebody else" })}.${signature}`],
    ["the algorithm none", `${encode({ alg: "none", typ: "at+jwt" })}.${payload}.`],
  ];
}

/**
 * The claims of the true token, signed by somebody else.
 *
 * @param {Issuer} issuer
 * @param {string} alg
 * @param {string} token
 * @returns {Promise<[string, string][]>}
 */
async function resigned(issuer, alg, token) {
  const { kid, publicKey } = issuer.keyOf(alg);
  const { privateKey } = await generateKeyPair(alg);
  const claims = issuer.claimsFor("somebody");
  /** @param {string} keyId */
  const signed = (keyId) => new SignJWT(claims).setProtectedHeader({ alg, kid: keyId, typ: "at+jwt" }).sign(privateKey);
  const symmetric = `${encode({ alg: "HS256", kid, typ: "at+jwt" })}.${token.split(".")[1]}`;
  const signature = createHmac("sha256", await exportSPKI(publicKey))
    .update(symmetric)
    .digest("base64url");
  return [
    ["another key", await signed(kid)],
    ["an unknown key", await signed("unknown")],
    ["the public key as a secret", `${symmetric}.${signature}`],
  ];
}

/**
 * Signed by the issuer, and not for this API or not now.
 *
 * @param {Issuer} issuer
 * @param {string} alg
 * @returns {Promise<[string, string][]>}
 */
async function unfit(issuer, alg) {
  const { kid, privateKey } = issuer.keyOf(alg);
  const claims = issuer.claimsFor("somebody");
  const now = claims.iat;
  /** @type {[string, object][]} */
  const changes = [
    ["another issuer", { iss: "https://id.example.com" }],
    ["another audience", { aud: "https://other.example.com" }],
    ["an expired token", { iat: now - 7200, exp: now - 3600 }],
    ["a token that is not valid yet", { nbf: now + 3600 }],
  ];
  return Promise.all(
    changes.map(async ([what, change]) => {
      const token = new SignJWT({ ...claims, ...change }).setProtectedHeader({ alg, kid, typ: "at+jwt" });
      return /** @type {[string, string]} */ ([what, await token.sign(privateKey)]);
    }),
  );
}

/** @param {object} part */
function encode(part) {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
