/**
 * Tokens that nobody has signed, made to have an API ask its issuers for something: what they cause, and what not.
 * @module
 */
import { generateKeyPairSync } from "node:crypto";
import { type HttpOptions, requireBearer } from "express-oidc";
import { describe, expect, test } from "vitest";
import { refusalIn, startApi } from "../support/api-world.js";
import { ask } from "../support/asking.js";
import { invalidToken } from "../support/challenges.js";
import { stopClock } from "../support/clock.js";
import { publicJwk, signingKey, signWithForeignKey } from "../support/scripted/signing.js";
import { apiAudience, startScriptedProvider } from "../support/scripted-provider.js";
import { answerWith, startScriptedWorld } from "../support/scripted-world.js";

const untrusted = invalidToken("its issuer is none that this API trusts");
const notSigned = invalidToken("it is no JWT that a key of its issuer has signed");
const otherName = invalidToken("its iss is missing or not the right one");

/** A token of no signature worth a name. */
function unsigned(claims: object, header: object = { alg: "ES256", kid: "made-up" }): string {
  const parts = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  return [...parts, "AAAA"].join(".");
}

/** An app with a login of its own and an API behind it. */
async function startBehindAuth() {
  const world = await startScriptedWorld({
    routes: (app) =>
      app.get(
        "/api",
        requireBearer({ audience: apiAudience }),
        answerWith(() => ({})),
      ),
  });
  const callWith = (token: string) => ask(`${world.app.url}/api`, { headers: { authorization: `Bearer ${token}` } });
  return { ...world, callWith };
}

/** An API whose app chooses by the host alone, which the documents warn of. */
async function startChoosing() {
  const issuer = await startScriptedProvider();
  const { host } = new URL(issuer.issuer);
  const asked: string[] = [];
  const choose = (name: string) => {
    asked.push(name);
    return new URL(name).host === host ? name : undefined;
  };
  return { ...(await startApi({ issuer, guard: { issuer: choose } })), asked };
}

describe("a token that names an issuer which the app chooses", () => {
  test("in any other spelling than its own is refused, and neither the app nor the issuer is asked", async () => {
    const { call, issuer, asked } = await startChoosing();
    const { port } = new URL(issuer.issuer);
    const spellings = ["\t", "\n", "/./", "?x", "#x", "#", "?"].map((end) => issuer.issuer + end);
    for (const iss of [...spellings, `HTTP://127.0.0.1:${port}`, `http://u:p@127.0.0.1:${port}`, ` ${issuer.issuer}`]) {
      expect(refusalIn(await call(unsigned({ iss }))).status).toBe(401);
    }
    expect(asked).toEqual([]);
    expect(issuer.calls("discovery")).toBe(0);
  });

  test("over http on another machine is refused, and the app is not asked", async () => {
    const asked: string[] = [];
    const { call, issuer } = await startApi({ guard: { issuer: (name) => void asked.push(name) } });
    for (const iss of ["http://id.example", "http://id.example/tenant", "http://127.0.0.1.id.example"])
      expect(refusalIn(await call(unsigned({ iss })))).toEqual(untrusted);
    expect(asked).toEqual([]);
    expect((await call(await issuer.accessToken())).status).toBe(401);
    expect(asked).toEqual([issuer.issuer]);
  });

  test("over http on another machine is left to the app where that allows it", async () => {
    const asked: string[] = [];
    const { call } = await startApi({ guard: { issuer: (name) => void asked.push(name), insecureHttp: true } });
    expect(refusalIn(await call(unsigned({ iss: "http://id.example" })))).toEqual(untrusted);
    expect(asked).toEqual(["http://id.example"]);
  });

  test("with an algorithm that does not count is refused, and the app is not asked", async () => {
    const { call, issuer, asked } = await startChoosing();
    for (const alg of ["HS256", "none", "ES256K", 7, undefined])
      expect(refusalIn(await call(unsigned({ iss: issuer.issuer }, { alg })))).toEqual(notSigned);
    expect([asked, issuer.seen]).toEqual([[], []]);
  });

  test("which can't be one is the token's fault where the app has only said its name again", async () => {
    const { call, issuer, errors } = await startChoosing();
    const answer = await call(unsigned({ iss: `${issuer.issuer}/.well-known/openid-configuration/x` }));
    expect(refusalIn(answer)).toMatchObject({ status: 401, code: "OIDC_BEARER_INVALID" });
    expect(errors).toEqual([]);
  });

  test("that is away causes one request in five seconds, however many there are", async () => {
    const clock = stopClock();
    const { call, issuer } = await startChoosing();
    issuer.fail("discovery", { status: 500 });
    for (let count = 0; count < 20; count += 1)
      expect((await call(unsigned({ iss: issuer.issuer, n: count }))).status).toBe(503);
    expect(issuer.calls("discovery")).toBe(1);
    issuer.heal();
    clock.advance(5);
    expect((await call(await issuer.accessToken())).status).toBe(200);
  });

  test("is refused when the app, asked again after five minutes, chooses it no more, also one that was just good", async () => {
    const clock = stopClock();
    const issuer = await startScriptedProvider();
    const tenants = new Set([issuer.issuer]);
    const choose = (name: string) => (tenants.has(name) ? name : undefined);
    const { call } = await startApi({ issuer, guard: { issuer: choose } });
    const token = await issuer.accessToken();
    expect((await call(token)).status).toBe(200);
    clock.advance(301);
    expect((await call(token)).status).toBe(200);
    expect(issuer.calls("jwks")).toBe(1);
    tenants.clear();
    clock.advance(200);
    expect((await call(token)).status).toBe(200);
    clock.advance(101);
    expect(refusalIn(await call(await issuer.accessToken())).code).toBe("OIDC_BEARER_INVALID");
    expect(refusalIn(await call(token)).code).toBe("OIDC_BEARER_INVALID");
  });

  test("is judged by other keys when the app, asked again, names others", async () => {
    const clock = stopClock();
    const [issuer, other] = [await startScriptedProvider(), await startScriptedProvider()];
    other.rotateKeys();
    let keys = issuer.issuer;
    const choose = () => ({ issuer: issuer.issuer, jwks_uri: `${keys}/jwks` });
    const { call } = await startApi({ issuer, guard: { issuer: choose } });
    const token = await issuer.accessToken();
    expect((await call(token)).status).toBe(200);
    keys = other.issuer;
    clock.advance(301);
    expect((await call(token)).status).toBe(401);
    expect((await call(await other.accessToken({ iss: issuer.issuer }))).status).toBe(200);
  });

  test("with a slash more does not undo what the app has chosen", async () => {
    const clock = stopClock();
    const issuer = await startScriptedProvider();
    const choose = (name: string) => (name === issuer.issuer ? name : undefined);
    const { call } = await startApi({ issuer, guard: { issuer: choose } });
    expect((await call(await issuer.accessToken())).status).toBe(200);
    clock.advance(301);
    expect((await call(unsigned({ iss: `${issuer.issuer}/` }))).status).toBe(401);
    expect((await call(await issuer.accessToken())).status).toBe(200);
    expect(issuer.calls("discovery")).toBe(1);
  });
});

describe("made-up tokens at an issuer of which nothing is known yet", () => {
  test.each(["discovery", "jwks"] as const)(
    "cause one request in five seconds while its %s fails",
    async (endpoint) => {
      stopClock();
      const { call, issuer } = await startApi();
      issuer.fail(endpoint, { status: 500 });
      for (let count = 0; count < 20; count += 1) {
        const token = unsigned({ iss: issuer.issuer, n: count });
        expect((await call(token)).status).toBe(503);
      }
      expect(issuer.calls(endpoint)).toBe(1);
    },
  );

  test.each(["https://id.example", "http://127.0.0.1", "no URL", "", 7, ["a"], undefined])(
    "cause none in another name than its own: %o",
    async (iss) => {
      const { call, issuer } = await startApi();
      const tokens = [unsigned({ iss }), await issuer.accessToken({ iss })];
      for (const token of tokens) expect(refusalIn(await call(token))).toEqual(otherName);
      expect(issuer.seen).toEqual([]);
    },
  );

  test("cause none in its name with a path, and none for keys where the letter tells them apart", async () => {
    const { call, issuer } = await startApi();
    expect(refusalIn(await call(unsigned({ iss: `${issuer.issuer}/tenant` })))).toEqual(otherName);
    expect(issuer.seen).toEqual([]);
    expect(refusalIn(await call(unsigned({ iss: `${issuer.issuer}/` })))).toEqual(otherName);
    expect([issuer.calls("discovery"), issuer.calls("jwks")]).toEqual([1, 0]);
  });

  test("cause none in another name than the provider of auth() has", async () => {
    const { callWith, provider } = await startBehindAuth();
    expect(refusalIn(await callWith(unsigned({ iss: "https://id.example" })))).toEqual(otherName);
    expect(provider.seen).toEqual([]);
  });

  test("cause none where their algorithm is none of those that count", async () => {
    const { call, issuer } = await startApi();
    expect((await call(unsigned({ iss: issuer.issuer }, { alg: "HS256" }))).status).toBe(401);
    expect((await call("e30.e30.AAAA")).status).toBe(401);
    expect(issuer.calls("discovery")).toBe(0);
  });
});

describe("an issuer that strangers' tokens have met when it was away", () => {
  test.each(["discovery", "jwks"] as const)(
    "is there again for good ones as soon as somebody has logged in, where its %s had failed",
    async (endpoint) => {
      stopClock();
      const { callWith, provider, signIn } = await startBehindAuth();
      const token = await provider.accessToken();
      provider.fail(endpoint, { status: 500 });
      expect((await callWith(unsigned({ iss: provider.issuer }))).status).toBe(503);
      expect((await callWith(token)).status).toBe(503);
      provider.heal();
      expect((await signIn()).page.status).toBe(200);
      expect((await callWith(token)).status).toBe(200);
    },
  );
});

describe("an issuer whose document spells its name in capitals", () => {
  test("has its own tokens accepted", async () => {
    const { call, issuer } = await startApi();
    const iss = issuer.issuer.replace("http:", "HTTP:");
    issuer.script.metadata = { issuer: iss };
    expect((await call(await issuer.accessToken({ iss }))).status).toBe(200);
    expect(refusalIn(await call(await issuer.accessToken()))).toEqual(otherName);
  });
});

describe("an issuer on a host whose documents name another one", () => {
  test.each(["https://login.microsoftonline.com/acme", "https://acme.b2clogin.com/acme/policy"])(
    "has the tokens accepted that bear the name in its document: %s",
    async (issuer) => {
      const named = await startScriptedProvider();
      named.script.metadata = { issuer: "https://sts.example/acme/", jwks_uri: "https://sts.example/jwks" };
      const ours: HttpOptions["fetch"] = (url, init) =>
        fetch(`${named.issuer}/${url.endsWith("/jwks") ? "jwks" : ".well-known/openid-configuration"}`, init);
      const { call } = await startApi({ issuer: named, guard: { issuer, http: { fetch: ours } } });
      expect((await call(await named.accessToken({ iss: "https://sts.example/acme/" }))).status).toBe(200);
      expect(refusalIn(await call(await named.accessToken({ iss: issuer })))).toEqual(otherName);
    },
  );
});

describe("a token that names no key", () => {
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "jwk" });

  test.each<[string, object]>([
    ["too weak", weak],
    ["broken", { kty: "RSA", n: "!", e: "AQAB" }],
    ["without its numbers", { kty: "RSA", x5c: ["AAAA"] }],
  ])("is accepted by the key that fits it, though one that is tried first is %s", async (_what, bad) => {
    const { call, issuer } = await startApi();
    issuer.script.alg = "RS256";
    issuer.script.jwks = { keys: [bad, publicJwk(signingKey("RS256"))] };
    expect((await call(await issuer.accessToken({}, { kid: undefined }))).status).toBe(200);
    expect(refusalIn(await call(await issuer.accessToken({}, { kid: undefined }, signWithForeignKey))).status).toBe(
      401,
    );
  });

  test("has expired if the key that fits it says so, whichever is tried first", async () => {
    const { call, issuer } = await startApi();
    issuer.script.alg = "RS256";
    issuer.script.jwks = { keys: [weak, publicJwk(signingKey("RS256"))] };
    const token = await issuer.accessToken({ exp: 1 }, { kid: undefined });
    expect(refusalIn(await call(token))).toEqual(invalidToken("it has expired"));
  });
});

describe("a key of the issuer's that is none", () => {
  test("can't be named to make trouble: 401", async () => {
    const { call, issuer } = await startApi();
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "jwk" });
    const broken = { kty: "EC", crv: "P-256", x: "AA", y: "AA" };
    issuer.script.jwks = {
      keys: [
        { ...weak, kid: "weak", alg: "RS256" },
        { ...broken, kid: "broken", alg: "ES256" },
      ],
    };
    for (const [alg, kid] of [
      ["RS256", "weak"],
      ["ES256", "broken"],
    ]) {
      const answer = await call(unsigned({ iss: issuer.issuer }, { alg, kid }));
      expect(refusalIn(answer)).toMatchObject({ status: 401, code: "OIDC_BEARER_INVALID" });
    }
  });
});
