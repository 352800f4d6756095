/**
 * Tokens that nobody has signed, made to have an API ask its issuers for something: what they cause, and what not.
 * @module
 */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { refusalIn, startApi } from "../support/api-world.js";
import { stopClock } from "../support/clock.js";
import { startScriptedProvider } from "../support/scripted-provider.js";

/** A token of no signature worth a name. */
function unsigned(claims: object, header: object = { alg: "ES256", kid: "made-up" }): string {
  const parts = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  return [...parts, "AAAA"].join(".");
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

  test("cause none where their algorithm is none of those that count", async () => {
    const { call, issuer } = await startApi();
    expect((await call(unsigned({ iss: issuer.issuer }, { alg: "HS256" }))).status).toBe(401);
    expect((await call("e30.e30.AAAA")).status).toBe(401);
    expect(issuer.calls("discovery")).toBe(0);
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
