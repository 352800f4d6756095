/**
 * Proofs that a call has a token's key (RFC 9449 4.3): every part that can be wrong, and what its caller is told.
 * @module
 */
import { createHash, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { refusalIn } from "../support/api-world.js";
import { brokenProof, startBoundApi } from "../support/bound-api.js";
import { apiUrl, createCaller, type ProofDraft } from "../support/dpop-caller.js";
import { rawRequest, sendRaw } from "../support/raw.js";
import {
  breakSignature,
  leaveUnsigned,
  signingKey,
  signWithForeignKey,
  signWithUnknownCrit,
  swapClaims,
} from "../support/scripted/signing.js";

const now = () => Math.floor(Date.now() / 1000);
const privateJwk = { ...signingKey("ES256", 50).privateKey.export({ format: "jwk" }) };
const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
const huge = {
  kty: "RSA",
  n: Buffer.alloc(384, 7).toString("base64url"),
  e: Buffer.alloc(384, 7).toString("base64url"),
};
const otherToken = createHash("sha256").update("another token").digest("base64url");
const WRONG_ALG = "its alg is none that this API accepts for proofs";
const NOT_SIGNED = "its key has not signed it";
const OLD = "its iat must lie within the last 60 seconds; make one for each call";
const HTU = "its htu is not the URL of this call";
const JTI = "its jti must be a text of at most 256 characters";

describe("a proof is refused, and the caller told why,", () => {
  test.each<[string, Partial<ProofDraft>, string]>([
    ["without typ", { header: { typ: undefined } }, "its typ is not dpop+jwt"],
    ["with the typ of any JWT", { header: { typ: "JWT" } }, "its typ is not dpop+jwt"],
    ["without signature", { sign: leaveUnsigned }, "it is no signed JWT"],
    ["with a symmetric signature", { header: { alg: "HS256" } }, WRONG_ALG],
    ["without key", { header: { jwk: undefined } }, "its header has no jwk"],
    ["with a text for a key", { header: { jwk: "a key" } }, "its header has no jwk"],
    ["with a list for a key", { header: { jwk: [] } }, "its header has no jwk"],
    ["with a key of an exponent beyond all use", { header: { jwk: huge } }, "its RSA key is larger than any in use"],
    ["with a key that is none", { header: { jwk: { kty: "EC" } } }, "its jwk is no public key"],
    [
      "with a private key",
      { header: { jwk: privateJwk } },
      "its jwk shows a private key, which nobody but its owner may have",
    ],
    [
      "with a symmetric key",
      { header: { jwk: { kty: "oct", k: "eA" } } },
      "its jwk shows a private key, which nobody but its owner may have",
    ],
    [
      "with a short RSA key",
      { header: { jwk: weak.publicKey.export({ format: "jwk" }) } },
      "its RSA key has less than 2048 bits",
    ],
    ["signed by another key", { sign: signWithForeignKey }, NOT_SIGNED],
    ["with a changed signature", { sign: breakSignature }, NOT_SIGNED],
    ["with changed claims", { sign: swapClaims }, NOT_SIGNED],
    ["with a header that must be understood", { sign: signWithUnknownCrit }, NOT_SIGNED],
    ["for another method", { method: "POST" }, "its htm is not the method of this call"],
    ["for a method in small letters", { method: "get" }, "its htm is not the method of this call"],
    ["for another path", { url: `${apiUrl}/other` }, HTU],
    ["for another host", { url: "https://evil.example/" }, HTU],
    ["without URL", { claims: { htu: undefined } }, HTU],
    ["with a URL that is none", { url: "/" }, HTU],
    ["made too long ago", { claims: { iat: now() - 120 } }, OLD],
    ["made too far in the future", { claims: { iat: now() + 120 } }, OLD],
    ["without time", { claims: { iat: undefined } }, OLD],
    ["with a time in letters", { claims: { iat: "now" } }, "its iat can't be right"],
    ["that has expired", { claims: { exp: now() - 120 } }, "its exp can't be right"],
    ["without jti", { claims: { jti: undefined } }, JTI],
    ["with an empty jti", { claims: { jti: "" } }, JTI],
    ["with a number for a jti", { claims: { jti: 7 } }, JTI],
    ["with an endless jti", { claims: { jti: "x".repeat(257) } }, JTI],
    ["for another token", { claims: { ath: otherToken } }, "its ath is not the hash of this access token"],
    ["for no token", { claims: { ath: undefined } }, "its ath is not the hash of this access token"],
    ["that is endless", { claims: { more: "x".repeat(8192) } }, "it is longer than 8192 characters"],
  ])("%s", async (_what, broken, rule) => {
    const { ask, caller, errors } = await startBoundApi();
    const headers = await caller.headers({ token: caller.token, ...broken });
    expect(refusalIn(await ask({ headers }))).toEqual(brokenProof(rule));
    expect(errors).toEqual([]);
  });

  test.each([
    ["that is missing", undefined, "the header DPoP is missing"],
    ["that is empty", "", "the header DPoP is missing"],
    ["that is no JWT", "a proof", "it is no signed JWT"],
    ["whose header is no JSON", "bm8.bm8.bm8", "it is no signed JWT"],
    ["that is encrypted", "e30.e30.e30.e30.e30", "it is no signed JWT"],
  ])("%s", async (_what, dpop, rule) => {
    const { ask, caller } = await startBoundApi();
    const headers = { authorization: `DPoP ${caller.token}`, ...(dpop !== undefined && { dpop }) };
    expect(refusalIn(await ask({ headers }))).toEqual(brokenProof(rule));
  });

  test("whose algorithm is symmetric, or none that the API has named", async () => {
    const { ask, caller } = await startBoundApi({ dpop: { algs: ["PS256"] } });
    const answer = refusalIn(await ask({ headers: await caller.headers(caller) }));
    expect(answer.challenge).toContain(WRONG_ALG);
    expect(answer.challenge).toContain('algs="PS256"');
  });

  test("that comes twice, or two in one header", async () => {
    const { ask, caller, url } = await startBoundApi();
    const [one, two] = [await caller.proof(caller), await caller.proof(caller)];
    const authorization = `DPoP ${caller.token}`;
    const twice = await sendRaw(url, rawRequest("/", { authorization, DPoP: one, dpop: two }));
    expect(twice.status).toBe(401);
    expect(twice.text).toContain("This DPoP proof is not accepted: the header DPoP may stand once.");
    const joined = await ask({ headers: { authorization, dpop: `${one}, ${two}` } });
    expect(refusalIn(joined)).toEqual(brokenProof("it is no signed JWT"));
  });

  test("of another key than the token's", async () => {
    const { ask, caller } = await startBoundApi();
    const thief = await createCaller("ES256", 51);
    const rule = "its key is not the one that the access token is bound to";
    expect(refusalIn(await ask({ headers: await thief.headers(caller) }))).toEqual(brokenProof(rule));
  });
});
