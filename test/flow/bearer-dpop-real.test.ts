/**
 * A program, a certified provider and an API, with nothing scripted in between: the token is bound where it is issued, and proven where it is used.
 * @module
 */
import { requireBearer } from "express-oidc";
import {
  allowInsecureRequests,
  ClientSecretBasic,
  clientCredentialsGrant,
  discovery,
  fetchProtectedResource,
  getDPoPHandle,
  randomDPoPKeyPair,
} from "openid-client";
import { describe, expect, onTestFinished, test } from "vitest";
import { startProvider } from "../../examples/demo/provider.js";
import { refusalIn, whatIsShown } from "../support/api-world.js";
import { createApp, sendJson } from "../support/app.js";
import { ask } from "../support/asking.js";
import { serve } from "../support/exchange.js";

const audience = "https://api.example.org";
const program = {
  client_id: "a-program",
  client_secret: "a secret that only the program and its provider know",
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: "client_secret_basic",
  dpop_bound_access_tokens: true,
};

/** A provider that binds its tokens, and an API on a socket of its own that takes them. */
async function startWorld({ nonce = false } = {}) {
  const provider = await startProvider({
    clients: [program],
    configuration: {
      scopes: ["read"],
      features: {
        clientCredentials: { enabled: true },
        dPoP: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: () => ({ scope: "read", audience, accessTokenFormat: "jwt" }),
        },
      },
    },
  });
  onTestFinished(() => provider.close());
  const { app, listener } = createApp("express5", []);
  const url = await serve((req, res) => answer(req, res));
  app.use(requireBearer({ issuer: provider.issuer, audience, baseUrl: url, dpop: { required: true, nonce } }));
  app.use((req, res) => sendJson(res, whatIsShown(req)));
  const answer = listener();
  const config = await discovery(
    new URL(provider.issuer),
    program.client_id,
    undefined,
    ClientSecretBasic(program.client_secret),
    {
      execute: [allowInsecureRequests],
    },
  );
  const handle = getDPoPHandle(config, await randomDPoPKeyPair());
  const { access_token: token, token_type: type } = await clientCredentialsGrant(
    config,
    { scope: "read", resource: audience },
    { DPoP: handle },
  );
  expect(type).toBe("dpop");
  const call = (method = "GET") =>
    fetchProtectedResource(config, token, new URL(`${url}/orders?page=1`), method, null, undefined, { DPoP: handle });
  return { url, token, call };
}

describe("a token that a provider has bound to a program's key", () => {
  test("passes with the proofs that the program makes, call after call", async () => {
    const { call } = await startWorld();
    for (const method of ["GET", "POST", "GET"]) {
      const response = await call(method);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ clientId: "a-program", scopes: ["read"], scheme: "DPoP" });
    }
  });

  test("passes when the API wants nonces: the program asks again with the one that it is told", async () => {
    const { call } = await startWorld({ nonce: true });
    expect((await call()).status).toBe(200);
    expect((await call()).status).toBe(200);
  });

  test("is worth nothing to whoever has stolen it", async () => {
    const { url, token } = await startWorld();
    for (const scheme of ["Bearer", "DPoP"]) {
      const answer = await ask(`${url}/orders`, { headers: { authorization: `${scheme} ${token}` } });
      expect(refusalIn(answer)).toMatchObject({ status: 401, challenge: expect.stringMatching(/^DPoP error=/) });
    }
  });
});
