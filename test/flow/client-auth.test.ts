/**
 * What a client shows of itself in its requests to the provider.
 * @module
 */
import type { AuthOptions, ClientAuth } from "express-oidc";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { stopClock } from "../support/clock.js";
import { signingKey } from "../support/scripted/signing.js";
import { type ScriptedWorld, startScriptedWorld } from "../support/scripted-world.js";
import { addProviderRoutes } from "../support/token-routes.js";

const { privateKey, publicKey } = signingKey("ES256", 8);

/** The requests that a client proves itself in. */
const endpoints = ["par", "token", "refresh", "introspection", "revocation"] as const;

/** An app whose client has a key and no secret, or a secret where there is no key. */
function start(options: Partial<AuthOptions>): Promise<ScriptedWorld> {
  const registration = options.clientKey === undefined ? {} : { clientSecret: undefined, clientKey: publicKey };
  return startScriptedWorld({ registration, options: { par: true, ...options }, routes: addProviderRoutes });
}

/** Goes through all requests, and answers the proofs. */
async function proofsOf({ app, provider, signIn }: ScriptedWorld) {
  const { browser, page } = await signIn();
  expect(page.json()).toEqual({ sub: "ada" });
  for (const path of ["/refresh", "/introspect", "/revoke"]) {
    expect((await browser.get(app.baseUrl + path)).status).toBe(200);
  }
  return endpoints.map((endpoint) => provider.lastCall(endpoint)?.auth);
}

describe("every request to the provider", () => {
  test.each<[ClientAuth, Partial<AuthOptions>]>([
    ["client_secret_basic", {}],
    ["client_secret_post", { clientAuth: "client_secret_post" }],
    ["client_secret_jwt", { clientAuth: "client_secret_jwt" }],
    ["private_key_jwt", { clientKey: privateKey }],
  ])("is proved by %s", async (method, options) => {
    const world = await start(options);
    for (const proof of await proofsOf(world)) expect(proof).toMatchObject({ method, id: world.provider.clientId });
  });

  test.each<[string, Partial<AuthOptions>]>([
    ["HS256", { clientAuth: "client_secret_jwt" }],
    ["ES256", { clientKey: privateKey }],
  ])("carries a proof signed with %s that is for the issuer, good for a minute and used once", async (alg, options) => {
    const clock = stopClock();
    const world = await start(options);
    const { clientId, issuer } = world.provider;
    const proofs = (await proofsOf(world)).map((proof) => proof?.assertion ?? "");
    const now = clock.now();
    for (const proof of proofs) {
      expect(decodeProtectedHeader(proof)).toEqual({ alg });
      expect(decodeJwt(proof)).toMatchObject({ iss: clientId, sub: clientId, aud: issuer, iat: now, exp: now + 60 });
    }
    expect(new Set(proofs.map((proof) => decodeJwt(proof).jti)).size).toBe(endpoints.length);
  });

  test("carries a proof for somebody else where the option says so", async () => {
    const tokenEndpoint = "https://id.example/token";
    const world = await start({ clientKey: privateKey, clientAssertionAudience: tokenEndpoint, par: false });
    await world.signIn();
    expect(decodeJwt(world.provider.lastCall("token")?.auth.assertion ?? "").aud).toBe(tokenEndpoint);
  });
});

describe("where no way is named, the client", () => {
  test.each([
    ["client_secret_jwt", ["client_secret_jwt"]],
    ["client_secret_post", ["client_secret_jwt", "client_secret_post"]],
    ["client_secret_basic", ["tls_client_auth"]],
  ])("takes %s of %j", async (method, listed) => {
    const { provider, signIn } = await startScriptedWorld();
    provider.script.metadata = { token_endpoint_auth_methods_supported: listed };
    expect((await signIn()).page.status).toBe(200);
    expect(provider.lastCall("token")?.auth.method).toBe(method);
  });

  test("takes its key where it has one, beside a secret too", async () => {
    const world = await startScriptedWorld({
      registration: { clientKey: publicKey },
      options: { clientKey: privateKey },
    });
    expect((await world.signIn()).page.status).toBe(200);
    expect(world.provider.lastCall("token")?.auth.method).toBe("private_key_jwt");
  });
});

describe("a key", () => {
  test.each([
    ["EdDSA", ["RS256", "EdDSA"]],
    ["Ed25519", ["RS256", "Ed25519"]],
    ["EdDSA", undefined],
    ["EdDSA", ["RS256"]],
  ])("of Ed25519 signs with %s where the provider lists %j", async (alg, listed) => {
    const key = signingKey("EdDSA", 8);
    const { provider, signIn } = await startScriptedWorld({
      registration: { clientSecret: undefined, clientKey: key.publicKey },
      options: { clientKey: { ...key.privateKey.export({ format: "jwk" }), kid: "from-the-jwk" } },
    });
    provider.script.metadata = { token_endpoint_auth_signing_alg_values_supported: listed };
    expect((await signIn()).page.status).toBe(200);
    expect(decodeProtectedHeader(provider.lastCall("token")?.auth.assertion ?? "")).toEqual({
      alg,
      kid: "from-the-jwk",
    });
  });
});

describe("unencodedBasic", () => {
  const registration = { clientId: "my app", clientSecret: "a+b/c=d%e:f&g-\u00fc" };

  test("sends id and secret as they are, for a server that does not decode", async () => {
    const { provider, signIn } = await startScriptedWorld({ registration, options: { unencodedBasic: true } });
    await signIn();
    const { authorization = "" } = provider.lastCall("token")?.headers ?? {};
    expect(Buffer.from(authorization.slice("Basic ".length), "base64").toString()).toBe("my app:a+b/c=d%e:f&g-\u00fc");
  });
});

describe("a client with a certificate", () => {
  const aliases = ["token", "par", "introspect", "revoke", "userinfo"];
  const aliasNames = [
    "token_endpoint",
    "pushed_authorization_request_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "userinfo_endpoint",
  ];

  async function askedBy(options: Partial<AuthOptions>): Promise<readonly string[]> {
    const asked: string[] = [];
    const world = await startScriptedWorld({
      registration: options.clientKey === undefined ? { clientSecret: undefined } : { clientKey: publicKey },
      options: {
        par: true,
        http: {
          fetch: (url, init) => {
            asked.push(new URL(url).pathname);
            return fetch(url.replace("/by-certificate/", "/"), init);
          },
        },
        ...options,
      },
      routes: addProviderRoutes,
    });
    const { issuer } = world.provider;
    const entries = aliases.map((path, index) => [aliasNames[index], `${issuer}/by-certificate/${path}`]);
    world.provider.script.metadata = { mtls_endpoint_aliases: Object.fromEntries(entries) };
    const { browser } = await world.signIn();
    for (const path of ["/refresh", "/userinfo", "/introspect", "/revoke"]) {
      expect((await browser.get(world.app.baseUrl + path)).status).toBe(200);
    }
    expect(world.provider.lastCall("token")?.form.get("client_id")).toBe(world.provider.clientId);
    return asked;
  }

  test.each<[string, Partial<AuthOptions>]>([
    ["tls_client_auth", { clientAuth: "tls_client_auth" }],
    ["self_signed_tls_client_auth", { clientAuth: "self_signed_tls_client_auth" }],
    ["private_key_jwt and certificateBoundTokens", { clientKey: privateKey, certificateBoundTokens: true }],
  ])("by %s goes where the provider asks for certificates", async (_way, options) => {
    const asked = await askedBy(options);
    expect(asked.filter((path) => path.startsWith("/by-certificate/")).sort()).toEqual(
      ["token", ...aliases].map((path) => `/by-certificate/${path}`).sort(),
    );
    expect(asked).not.toContain("/token");
  });

  test("goes where everybody goes without one", async () => {
    expect(await askedBy({ clientKey: privateKey })).not.toContain("/by-certificate/token");
  });
});
