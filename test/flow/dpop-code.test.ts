/**
 * With `dpop` the authorization request names the key that the tokens will be bound to, so that nobody else can redeem the code (RFC 9449 §10).
 * @module
 */
import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import type { ScriptedProvider } from "../support/scripted-provider.js";
import { type ScriptedWorldOptions, startScriptedWorld } from "../support/scripted-world.js";

async function startBound(world: ScriptedWorldOptions = {}) {
  const started = await startScriptedWorld({ ...world, options: { dpop: true, ...world.options } });
  const { script } = started.provider;
  script.tokens = script.renewedTokens = { token_type: "DPoP" };
  return started;
}

/** The thumbprint of the key that proved the newest request to an endpoint; the proof is verified. */
async function provenBy(provider: ScriptedProvider, endpoint: "token" | "refresh"): Promise<string> {
  const proof = String(provider.lastCall(endpoint)?.headers["dpop"]);
  await jwtVerify(proof, EmbeddedJWK, { typ: "dpop+jwt" });
  return calculateJwkThumbprint(decodeProtectedHeader(proof).jwk ?? {});
}

const named = (provider: ScriptedProvider) => provider.lastCall("authorize")?.query.getAll("dpop_jkt");

describe("the authorization request of an app that binds its tokens", () => {
  test.each(["ES256", "ES384", "ES512", "Ed25519", "EdDSA"] as const)(
    "names the key that the code is redeemed with, and the tokens renewed: %s",
    async (alg) => {
      const { provider, app, signIn } = await startBound({ options: { dpop: { alg } } });
      const { browser } = await signIn();
      const [thumbprint] = named(provider) ?? [];
      expect(thumbprint).toMatch(/^[\w-]{43}$/);
      expect(await provenBy(provider, "token")).toBe(thumbprint);
      await browser.get(`${app.baseUrl}/refresh`);
      expect(await provenBy(provider, "refresh")).toBe(thumbprint);
    },
  );

  test("names another one for each login", async () => {
    const { provider, signIn } = await startBound();
    await signIn();
    const first = named(provider);
    await signIn();
    expect(named(provider)).not.toEqual(first);
  });

  test("names it where it is pushed, and not in the browser's address", async () => {
    const { provider, signIn } = await startBound({ options: { par: true } });
    expect((await signIn()).page.status).toBe(200);
    expect(named(provider)).toEqual([]);
    expect(provider.lastCall("par")?.form.getAll("dpop_jkt")).toEqual([await provenBy(provider, "token")]);
  });

  test("names none where the key is of a kind that is made when the code has come", async () => {
    const { provider, signIn } = await startBound({ options: { dpop: { alg: "RS256" } } });
    expect((await signIn()).page.status).toBe(200);
    expect(named(provider)).toEqual([]);
  });

  test("names none where tokens are not bound", async () => {
    const { provider, signIn } = await startScriptedWorld();
    await signIn();
    expect(named(provider)).toEqual([]);
  });

  test("takes no name of a key from the app", async () => {
    const authorizationParams = { dpop_jkt: "x" };
    await expect(startBound({ options: { authorizationParams } })).rejects.toThrow(
      /authorizationParams\.dpop_jkt: is set by the login itself/,
    );
  });
});
