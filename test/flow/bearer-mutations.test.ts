/**
 * Good access tokens, changed in all ways: none passes, none makes the API fail, and nothing of one is repeated in an answer.
 * `npm run test:all` makes ten thousand changes. `EXPRESS_OIDC_TEST_SEED` repeats a run.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyText } from "../support/any-text.js";
import { type Api, type ApiOptions, startApi } from "../support/api-world.js";
import { authorizationOf, bringsOneOf, mutations } from "../support/mutations.js";
import { sendRaw } from "../support/raw.js";
import { publicJwk, signingKey } from "../support/scripted/signing.js";

const numRuns = process.env["EXPRESS_OIDC_TEST_ALL"] === "1" ? 10_000 : 1000;
const seed = Number(process.env["EXPRESS_OIDC_TEST_SEED"] ?? Date.now() % 2 ** 31);
const algs = ["ES256", "RS256", "EdDSA", "PS384"];

/** An API, and a good token of each algorithm for it. */
async function startWithTokens(guard: ApiOptions["guard"]): Promise<{ api: Api; tokens: string[] }> {
  const api = await startApi({ ...(guard && { guard }) });
  const { issuer } = api;
  issuer.script.jwks = { keys: ["ES256", "RS256", "EdDSA"].map((alg) => publicJwk(signingKey(alg))) };
  const tokens: string[] = [];
  for (const alg of algs) {
    issuer.script.alg = alg;
    tokens.push(await issuer.accessToken({ exp: Math.floor(Date.now() / 1000) + 3600 }));
  }
  return { api, tokens };
}

async function expectAllGood({ call }: Api, tokens: readonly string[]): Promise<void> {
  for (const token of tokens) expect((await call(token)).status).toBe(200);
}

/** Sends a call, and answers what came back without what changes by itself. */
async function send(api: Api, authorization: Buffer) {
  const head = Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: ");
  const { status, text } = await sendRaw(api.url, Buffer.concat([head, authorization, Buffer.from("\r\n\r\n")]));
  return { status, text: text.replace(/^Date: .*\r\n/m, "") };
}

const param = '(error|error_description|algs)="[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]*"';

/** Challenges in the letters of RFC 6750 3. */
const challenges = new RegExp(`^((^|, )(Bearer|DPoP)( ${param}(, ${param})*)?)+$`);

describe(`${numRuns} changes of good tokens and of the header that brings them (seed ${seed})`, () => {
  test.each([
    ["lax", {}],
    ["strict", { strict: true, cache: 0 }],
  ])(
    "are no way into an API with %s rules",
    async (_name, guard) => {
      const { api, tokens } = await startWithTokens(guard);
      await expectAllGood(api, tokens);
      const answers = new Map<string, number>();
      let count = 0;
      const property = fc.asyncProperty(mutations(tokens.length), async (mutation) => {
        const authorization = authorizationOf(mutation, tokens);
        const { status, text } = await send(api, authorization);
        answers.set(text, status);
        if (bringsOneOf(tokens, authorization)) expect(status).toBe(200);
        else expect([400, 401, 431]).toContain(status);
        count += 1;
        if (count % 50 === 0) await expectAllGood(api, tokens);
      });
      await fc.assert(property, { numRuns: numRuns / 2, seed });
      await expectAllGood(api, tokens);
      expect(api.errors).toEqual([]);
      // few answers for many calls: nothing of a call is in them
      expect(answers.size).toBeLessThan(30);
      for (const text of answers.keys()) {
        expect(text).not.toMatch(/evil|eyJ/i);
        const challenge = /^www-authenticate: (.*)\r$/im.exec(text)?.[1];
        if (challenge !== undefined) expect(challenge).toMatch(challenges);
      }
    },
    300_000,
  );
});

describe(`what a trusted issuer may write into a token (seed ${seed})`, () => {
  test("makes no answer fail, and stands in none", async () => {
    const guard = {
      scope: "read",
      claims: { tenant: "blue" },
      roles: { at: ["realm_access", "roles"], any: "admin" },
      acr: "gold",
      maxAge: 60,
      realm: "api",
    };
    const { call, issuer, errors } = await startApi({ guard });
    const evil = anyText(20).map((text) => `evil"\r\nx-evil: 1, Bearer ${text}`);
    const value = fc.oneof(
      evil,
      fc.constantFrom("read", "blue", "gold", "admin", Math.floor(Date.now() / 1000)),
      fc.jsonValue({ maxDepth: 3 }),
    );
    const name = fc.constantFrom(
      "scope",
      "scp",
      "tenant",
      "realm_access",
      "acr",
      "auth_time",
      "sub",
      "client_id",
      "azp",
      "typ",
      "token_use",
      "events",
      "exp",
      "nbf",
      "iat",
      "aud",
      "iss",
      "permissions",
      "x",
    );
    const property = fc.asyncProperty(
      fc.dictionary(name, value, { maxKeys: 6 }),
      fc.dictionary(fc.constantFrom("typ", "kid", "cty", "x"), value),
      async (claims, header) => {
        const { status, headers, body } = await call(await issuer.accessToken(claims, header));
        expect([200, 401, 403]).toContain(status);
        expect(`${headers.get("www-authenticate")}${status === 200 ? "" : body}`).not.toMatch(/evil/);
        expect(headers.get("x-evil")).toBeNull();
      },
    );
    await fc.assert(property, { numRuns: numRuns / 5, seed });
    expect(errors).toEqual([]);
    const good = {
      tenant: "blue",
      realm_access: { roles: ["admin"] },
      acr: "gold",
      auth_time: Math.floor(Date.now() / 1000),
    };
    expect((await call(await issuer.accessToken(good))).status).toBe(200);
  }, 120_000);
});
