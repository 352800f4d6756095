/**
 * Access tokens that are JWTs, at the door of an API: which pass, and which answer each other one gets.
 * @module
 */
import { describe, expect, test } from "vitest";
import { refusalIn, startApi } from "../support/api-world.js";
import { frameworks } from "../support/app.js";
import { invalidToken, type Refused } from "../support/challenges.js";
import { stopClock } from "../support/clock.js";
import type { Overrides } from "../support/scripted/script.js";
import {
  breakSignature,
  changeSpareBits,
  embedForeignKey,
  leaveUnsigned,
  type Sign,
  signAndEncrypt,
  signProperly,
  signSymmetric,
  signWithForeignKey,
  signWithPublicKey,
  signWithUnknownCrit,
  swapClaims,
} from "../support/scripted/signing.js";
import { apiAudience, startScriptedProvider } from "../support/scripted-provider.js";

const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a call with an access token for this API", () => {
  test.each(frameworks)("passes on %s, and the handler sees whose it is", async (framework) => {
    const { call, issuer } = await startApi({ framework });
    const answer = await call(await issuer.accessToken());
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ sub: "ada", scopes: ["read"], clientId: "a-program", scheme: "Bearer" });
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("is judged once: the next one with the same token needs no key", async () => {
    const { call, issuer } = await startApi();
    const token = await issuer.accessToken();
    expect((await call(token)).status).toBe(200);
    await issuer.stop();
    expect((await call(token)).status).toBe(200);
  });
});

describe("an access token by RFC 9068", () => {
  test.each([false, true])(
    "passes in every spelling of its type and with its audience in a list (strict: %o)",
    async (strict) => {
      const { call, issuer } = await startApi({ guard: { strict } });
      for (const typ of ["at+jwt", "AT+JWT", "application/at+jwt", "application/AT+jwt"])
        expect((await call(await issuer.accessToken({}, { typ }))).status).toBe(200);
      const aud = ["https://other.example", apiAudience];
      expect((await call(await issuer.accessToken({ aud }))).status).toBe(200);
    },
  );

  test.each(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"])(
    "passes when it is signed with %s, and only where that is allowed",
    async (alg) => {
      const { call, issuer } = await startApi();
      issuer.script.alg = alg;
      const token = await issuer.accessToken();
      expect((await call(token)).status).toBe(200);
      const others = await startApi({ issuer, guard: { algs: [alg === "ES256" ? "ES384" : "ES256"] } });
      expect(refusalIn(await others.call(token))).toEqual(unsigned);
      const only = await startApi({ issuer, guard: { algs: [alg] } });
      expect((await only.call(token)).status).toBe(200);
    },
  );

  test("passes for each of several audiences of the API", async () => {
    const { call, issuer } = await startApi({ guard: { audience: ["orders", "bills and more"] } });
    for (const aud of ["orders", "bills and more", ["x", "orders"]])
      expect((await call(await issuer.accessToken({ aud }))).status).toBe(200);
    for (const aud of ["bills", "more", "orders bills and more"])
      expect(refusalIn(await call(await issuer.accessToken({ aud })))).toEqual(
        invalidToken("its aud is missing or not the right one"),
      );
  });

  test("passes as long as clocks may be apart after its end, and before its beginning", async () => {
    const { call, issuer } = await startApi({ guard: { clockTolerance: 20 } });
    const now = Math.floor(Date.now() / 1000);
    expect((await call(await issuer.accessToken({ exp: now - 10, nbf: now + 10, iat: now + 10 }))).status).toBe(200);
    expect((await call(await issuer.accessToken({ exp: now - 21 }))).status).toBe(401);
  });
});

const now = Math.floor(Date.now() / 1000);
const claim = (name: string) => invalidToken(`its ${name} is missing or not the right one`);
const unsigned = invalidToken("it is no JWT that a key of its issuer has signed");
const noKey = invalidToken("no key of its issuer fits it");
const otherKind = invalidToken("its typ is that of another kind of token");
const notTyped = invalidToken("its typ is not at+jwt");
const symmetric = "a symmetric key that is long enough for HS512, which needs sixty-four bytes";

interface Wrong {
  readonly claims?: Overrides;
  readonly header?: Overrides;
  readonly sign?: Sign;
}

/** What is wrong in any case: what it is, how it is made, and the answer, first in general and then under strict rules. */
const wrong: [what: string, how: Wrong, answer: Refused, strict?: Refused][] = [
  ["that has expired", { claims: { exp: now - 31 } }, invalidToken("it has expired")],
  ["that is not good yet", { claims: { nbf: now + 60 } }, claim("nbf")],
  ["of which nobody knows when it ends", { claims: { exp: undefined } }, claim("exp")],
  ["whose end is a text", { claims: { exp: String(now + 600) } }, claim("exp")],
  ["whose end is null", { claims: { exp: null } }, claim("exp")],
  ["for nobody", { claims: { aud: undefined } }, claim("aud")],
  ["for an empty list", { claims: { aud: [] } }, claim("aud")],
  ["for another API", { claims: { aud: "https://other.example" } }, claim("aud")],
  ["for several other APIs", { claims: { aud: ["https://other.example", "x"] } }, claim("aud")],
  ["for an API whose name begins like ours", { claims: { aud: `${apiAudience}/` } }, claim("aud")],
  ["for an API whose name is ours in capitals", { claims: { aud: apiAudience.toUpperCase() } }, claim("aud")],
  ["for our name in an object", { claims: { aud: { [apiAudience]: true } } }, claim("aud")],
  ["of no issuer", { claims: { iss: undefined } }, claim("iss")],
  ["of another issuer", { claims: { iss: "https://id.example" } }, claim("iss")],
  ["with a changed signature", { sign: breakSignature }, unsigned],
  ["with changed claims", { sign: swapClaims }, unsigned],
  ["with no signature", { sign: leaveUnsigned }, unsigned],
  [
    "with the algorithm None",
    {
      header: { alg: "None" },
      sign: async (draft) => (await leaveUnsigned(draft)).replace(/^[^.]+/, encoded({ alg: "None", typ: "at+jwt" })),
    },
    unsigned,
  ],
  ["with the public key as a symmetric one", { sign: signWithPublicKey }, unsigned],
  ["with a symmetric key", { sign: signSymmetric("HS256", symmetric) }, unsigned],
  ["with a longer symmetric key", { sign: signSymmetric("HS512", symmetric) }, unsigned],
  ["with a stranger's key under a name of the issuer's", { sign: signWithForeignKey }, unsigned],
  ["with a stranger's key under its own name", { header: { kid: "es256-99" }, sign: signWithForeignKey }, noKey],
  ["with a stranger's key that it brings along", { sign: embedForeignKey }, unsigned],
  [
    "with a key of another kind than its algorithm",
    {
      header: { alg: "RS256" },
      sign: async (draft) =>
        (await signProperly({ ...draft, header: { ...draft.header, alg: "ES256" } })).replace(
          /^[^.]+/,
          encoded({ alg: "RS256", kid: draft.key.kid }),
        ),
    },
    noKey,
  ],
  ["with something critical that nobody knows", { sign: signWithUnknownCrit }, unsigned],
  ["that is encrypted", { sign: signAndEncrypt }, invalidToken("it is no JWT")],
  ["with padding behind it", { sign: async (draft) => `${await signProperly(draft)}==` }, invalidToken("it is no JWT")],
  [
    "whose last letter has other spare bits",
    { sign: async (draft) => changeSpareBits(await signProperly(draft)) },
    invalidToken("it is no JWT"),
  ],
  ["that is a logout token", { header: { typ: "logout+jwt" } }, otherKind, notTyped],
  [
    "that is a logout token without a type",
    { header: { typ: undefined }, claims: { events } },
    invalidToken("it is a token that tells of an event"),
    notTyped,
  ],
  [
    "that is a logout token with our type",
    { claims: { events } },
    invalidToken("it is a token that tells of an event"),
  ],
  ["of the type of another token", { header: { typ: "dpop+jwt" } }, otherKind, notTyped],
  ["whose type is a number", { header: { typ: 7 } }, otherKind, notTyped],
  ["whose type is a list", { header: { typ: ["at+jwt"] } }, otherKind, notTyped],
  [
    "whose subject is no text",
    { claims: { sub: 7 } },
    invalidToken("sub must be a text"),
    invalidToken("sub, client_id and jti must be texts"),
  ],
];

describe("an access token is refused", () => {
  test.each(wrong)("%s", async (_what, { claims, header, sign }, answer, strict = answer) => {
    const api = await startApi();
    const stricter = await startApi({ issuer: api.issuer, guard: { strict: true } });
    // the issuer's keys are known, and its good tokens pass on both sides
    for (const { call } of [api, stricter]) expect((await call(await api.issuer.accessToken())).status).toBe(200);
    const token = await api.issuer.accessToken(claims, header, sign);
    expect(refusalIn(await api.call(token))).toEqual(answer);
    expect(refusalIn(await stricter.call(token))).toEqual(strict);
    expect([...api.errors, ...stricter.errors]).toEqual([]);
    for (const { call } of [api, stricter]) expect((await call(await api.issuer.accessToken())).status).toBe(200);
  });

  test("of an issuer whose name has a slash more", async () => {
    const { call, issuer } = await startApi();
    expect(refusalIn(await call(await issuer.accessToken({ iss: `${issuer.issuer}/` })))).toEqual(claim("iss"));
  });

  test.each(["iss", "exp", "aud", "sub", "client_id", "iat", "jti"])("under strict rules without %s", async (name) => {
    const { call, issuer } = await startApi({ guard: { strict: true } });
    expect(refusalIn(await call(await issuer.accessToken({ [name]: undefined })))).toEqual(claim(name));
  });

  test.each(["sub", "client_id", "jti"])("under strict rules with a %s that is no text, or empty", async (name) => {
    const { call, issuer } = await startApi({ guard: { strict: true } });
    for (const value of [7, "", ["x"]])
      expect(refusalIn(await call(await issuer.accessToken({ [name]: value })))).toEqual(
        invalidToken("sub, client_id and jti must be texts"),
      );
  });

  test("under strict rules with the type JWT, or none", async () => {
    const { call, issuer } = await startApi({ guard: { strict: true } });
    for (const typ of ["JWT", undefined, "", "at"])
      expect(refusalIn(await call(await issuer.accessToken({}, { typ })))).toEqual(notTyped);
  });

  test.each(["jku", "x5u"])("and the address in its %s is not asked", async (name) => {
    const stranger = await startScriptedProvider();
    const { call, issuer } = await startApi();
    expect((await call(await issuer.accessToken())).status).toBe(200);
    const header = { [name]: `${stranger.issuer}/jwks`, kid: "es256-99" };
    expect(refusalIn(await call(await issuer.accessToken({}, header, signWithForeignKey)))).toEqual(noKey);
    expect(stranger.seen).toEqual([]);
  });
});

describe("a call whose token can't be judged, for the issuer is away", () => {
  test("is 503, to be tried again, and no refusal", async () => {
    const clock = stopClock();
    const { ask, call, issuer, errors } = await startApi();
    const token = await issuer.accessToken();
    await issuer.stop();
    const answer = await call(token);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(errors).toMatchObject([{ code: "OIDC_PROVIDER_UNREACHABLE" }]);
    expect((await ask()).status).toBe(401);
    await issuer.start();
    clock.advance(5);
    expect((await call(token)).status).toBe(200);
  });
});
