/**
 * Userinfo that the provider has signed, and userinfo that changes.
 * @module
 */
import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { signingKey } from "../support/scripted/signing.js";
import type { ScriptedProvider } from "../support/scripted-provider.js";
import { heldIn, startScriptedWorld } from "../support/scripted-world.js";

interface Signed {
  readonly sub?: string;
  readonly aud?: string;
  readonly key?: number;
}

/** Answers userinfo as a JWT; the provider's own key has the number 0. */
async function signUserinfo(provider: ScriptedProvider, { sub = "ada", aud, key = 0 }: Signed): Promise<void> {
  const { kid, privateKey } = signingKey("ES256", key);
  const jwt = await new SignJWT({
    sub,
    iss: provider.issuer,
    aud: aud ?? provider.registration.clientId,
    roles: ["admin"],
  })
    .setProtectedHeader({ alg: "ES256", kid: signingKey("ES256", 0).kid ?? kid })
    .sign(privateKey);
  provider.fail("userinfo", { status: 200, text: jwt, headers: { "content-type": "application/jwt" } });
}

async function startSigned() {
  const world = await startScriptedWorld({ options: { userinfo: true } });
  world.provider.script.metadata = { userinfo_signing_alg_values_supported: ["ES256"] };
  return world;
}

describe("userinfo as a JWT", () => {
  test("is merged when the provider has signed it for this app", async () => {
    const { provider, signIn } = await startSigned();
    await signUserinfo(provider, {});
    expect(heldIn((await signIn("/held")).page).user?.["roles"]).toEqual(["admin"]);
  });

  test.each<[string, Signed]>([
    ["signed by a stranger", { key: 5 }],
    ["meant for another app", { aud: "other" }],
    ["about another person", { sub: "mallory" }],
  ])("logs nobody in when it is %s", async (_what, signed) => {
    const { provider, signIn } = await startSigned();
    await signUserinfo(provider, signed);
    expect((await signIn()).page.status).toBe(502);
  });
});

describe("a role that is taken away at the provider", () => {
  test("is gone after the renewal", async () => {
    const { provider, signIn } = await startScriptedWorld({ options: { userinfo: true } });
    provider.script.userinfo = { roles: ["admin"] };
    const { browser, page } = await signIn("/held");
    expect(heldIn(page).user?.["roles"]).toEqual(["admin"]);
    provider.script.userinfo = {};
    await browser.get("/refresh");
    expect(heldIn(await browser.get("/held")).user?.["roles"]).toBeUndefined();
  });

  test("is gone with the ID token's own word when userinfo is away", async () => {
    const { provider, signIn } = await startScriptedWorld({ options: { userinfo: true } });
    provider.script.userinfo = { roles: ["admin"] };
    const { browser } = await signIn();
    provider.script.renewedIdToken = { roles: [] };
    provider.fail("userinfo", { status: 503 });
    await browser.get("/refresh");
    expect(heldIn(await browser.get("/held")).user?.["roles"]).toEqual([]);
  });
});
