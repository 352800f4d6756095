/**
 * Each way in which a client can prove itself, against a provider that insists on the one that is registered: oidc-provider.
 * @module
 */
import { generateKeyPairSync } from "node:crypto";
import type { AuthOptions, ClientAuth } from "express-oidc";
import { describe, expect, test } from "vitest";
import { openWorld } from "../support/journey.js";
import { publicJwk, signingKey } from "../support/scripted/signing.js";
import { openTlsWorld } from "../support/tls-world.js";
import { addProviderRoutes, goThroughAll } from "../support/token-routes.js";

const clientAuthMethods: readonly ClientAuth[] = [
  "client_secret_basic",
  "client_secret_post",
  "client_secret_jwt",
  "private_key_jwt",
  "none",
];

/** A world whose client is registered for one way, with public keys. */
function openFor(way: ClientAuth, options: Partial<AuthOptions>, keys: readonly object[] = []) {
  return openWorld({
    provider: { configuration: { clientAuthMethods } },
    client: {
      token_endpoint_auth_method: way,
      jwks: { keys },
      ...(["private_key_jwt", "none"].includes(way) && { client_secret: undefined }),
    },
    options,
    routes: addProviderRoutes,
  });
}

const withoutSecret = { clientSecret: undefined } as object;

describe("a client logs in, renews, asks and revokes", () => {
  test.each<[ClientAuth]>([["client_secret_basic"], ["client_secret_post"], ["client_secret_jwt"]])(
    "by %s, its secret",
    async (way) => {
      await goThroughAll(await openFor(way, { clientAuth: way }));
    },
  );

  test.each(["RS256", "PS256", "ES256", "EdDSA"] as const)("by private_key_jwt, with a key for %s", async (alg) => {
    const key = signingKey(alg);
    const clientKey = { key: key.privateKey, alg, kid: key.kid };
    await goThroughAll(await openFor("private_key_jwt", { clientKey, ...withoutSecret }, [publicJwk(key)]));
  });

  test.each([
    ["PEM text", signingKey("ES256").privateKey.export({ type: "pkcs8", format: "pem" }).toString()],
    ["a JWK", signingKey("ES256").privateKey.export({ format: "jwk" })],
    ["a KeyObject", signingKey("ES256").privateKey],
  ])("by private_key_jwt, with a key that is %s", async (_what, clientKey) => {
    await goThroughAll(await openFor("private_key_jwt", { clientKey }, [publicJwk(signingKey("ES256"))]));
  });

  test("by private_key_jwt, with a CryptoKey that can't be taken out", async () => {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
    const jwk = await crypto.subtle.exportKey("jwk", publicKey);
    await goThroughAll(await openFor("private_key_jwt", { clientKey: privateKey }, [{ ...jwk, use: "sig" }]));
  });

  test("by PKCE alone, without any proof", async () => {
    const world = await openFor("none", withoutSecret);
    expect((await world.signIn(world.newBrowser())).json()).toEqual({ sub: "user-ada" });
  });

  test.each([
    ["tls_client_auth", "authority"],
    ["self_signed_tls_client_auth", "itself"],
  ] as const)("by %s, with a certificate signed by %s", async (way, signedBy) => {
    const client = { token_endpoint_auth_method: way, tls_client_certificate_bound_access_tokens: true };
    const options = { clientAuth: way, ...withoutSecret };
    await goThroughAll(await openTlsWorld({ client, options, signedBy, routes: addProviderRoutes }));
  });
});

describe("a client is refused", () => {
  test("with another key than the registered one, in words that name the options and nothing of the key", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const world = await openFor("private_key_jwt", { clientKey: privateKey }, [publicJwk(signingKey("ES256"))]);
    const page = await world.signIn(world.newBrowser());
    expect(page.json()).toMatchObject({
      code: "OIDC_PROVIDER_REFUSED",
      message: expect.stringMatching(/invalid_client.*clientAuth.*clientKey/),
    });
    expect(page.body).not.toMatch(/eyJ|PRIVATE/);
  });

  test.each([
    ["tls_client_auth", "itself"],
    ["tls_client_auth", "nobody"],
    ["self_signed_tls_client_auth", "nobody"],
  ] as const)("by %s, with a certificate signed by %s", async (way, signedBy) => {
    const client = { token_endpoint_auth_method: way };
    const world = await openTlsWorld({ client, options: { clientAuth: way }, signedBy });
    const page = await world.signIn(world.newBrowser());
    expect(page.json()).toMatchObject({ code: "OIDC_PROVIDER_REFUSED" });
  });
});
