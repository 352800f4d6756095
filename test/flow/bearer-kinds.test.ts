/**
 * The other tokens that an issuer makes, at the door of an API, and access tokens of issuers that do not know RFC 9068.
 * @module
 */
import { describe, expect, test } from "vitest";
import { type Api, refusalIn, startApi } from "../support/api-world.js";
import { invalidToken, type Refused } from "../support/challenges.js";
import type { Overrides } from "../support/scripted/script.js";
import { apiAudience } from "../support/scripted-provider.js";
import { startScriptedWorld } from "../support/scripted-world.js";

const jwt = { typ: "JWT" };
const saysNothing = invalidToken("it is an ID token, or says nothing of what it is for");
const lacking = (name: string) => invalidToken(`its ${name} is missing or not the right one`);

/** What every token below leaves out of an honest access token of RFC 9068. */
const bare = { client_id: undefined, scope: undefined, jti: undefined };

/** Starts the API twice: with strict rules and without. */
async function startBoth(): Promise<{ lax: Api; strict: Api }> {
  const lax = await startApi();
  return { lax, strict: await startApi({ issuer: lax.issuer, guard: { strict: true } }) };
}

describe("the ID token of a login", () => {
  test("is no access token, though the API has the name of the client", async () => {
    const { signIn, provider } = await startScriptedWorld();
    const { browser } = await signIn();
    const { idToken = "" } = (await browser.fetch("/held")).json() as { idToken?: string };
    const guard = { audience: provider.clientId };
    const { call, issuer } = await startApi({ issuer: provider, guard });
    const strict = await startApi({ issuer: provider, guard: { ...guard, strict: true } });
    expect((await call(await issuer.accessToken({ aud: provider.clientId }))).status).toBe(200);
    expect(refusalIn(await call(idToken))).toEqual(saysNothing);
    expect(refusalIn(await strict.call(idToken))).toEqual(lacking("jti"));
  });

  test.each<[what: string, claims: Overrides, answer: Refused]>([
    ["as small as it can be", {}, saysNothing],
    [
      "with what a login adds",
      { nonce: "n", auth_time: 1, acr: "gold", amr: ["pwd"], azp: "demo-app", sid: "s" },
      saysNothing,
    ],
    ["with a person's claims", { email: "ada@example.org", name: "Ada", roles: ["admin"] }, saysNothing],
    ["with the hash of an access token", { at_hash: "x", scope: "read" }, saysNothing],
    ["with the hash of a code", { c_hash: "x", client_id: "demo-app" }, saysNothing],
    ["with the hash of a state", { s_hash: "x", client_id: "demo-app" }, saysNothing],
    ["of Keycloak", { typ: "ID", scope: "openid" }, invalidToken("its claim typ is that of another kind of token")],
    ["of Amazon Cognito", { token_use: "id", client_id: "x" }, invalidToken("it is an ID token")],
  ])("is none %s", async (_what, claims, answer) => {
    const { lax, strict } = await startBoth();
    const token = await lax.issuer.accessToken({ ...bare, ...claims }, jwt);
    expect(refusalIn(await lax.call(token))).toEqual(answer);
    expect(refusalIn(await strict.call(token))).toEqual(lacking("jti"));
  });

  test("is none under a type that lies, where the rules are strict", async () => {
    const { strict } = await startBoth();
    const token = await strict.issuer.accessToken(bare);
    expect(refusalIn(await strict.call(token))).toEqual(lacking("jti"));
  });
});

describe("the logout token of an issuer", () => {
  test.each([undefined, "JWT", "logout+jwt"])("is no access token with the type %o", async (typ) => {
    const { lax, strict } = await startBoth();
    for (const scope of [undefined, "read"]) {
      const token = await lax.issuer.logoutToken({ aud: apiAudience, scope }, { typ });
      expect((await lax.call(token)).status).toBe(401);
      expect(refusalIn(await strict.call(token))).toMatchObject({ status: 401 });
    }
  });
});

describe("an access token of an issuer that does not know RFC 9068", () => {
  test.each<[who: string, claims: Overrides, clientId: string]>([
    ["GenAuth", { ...bare, jti: "t-1", scope: "openid book:*:read", aud: apiAudience }, ""],
    ["GenAuth, for a program", { ...bare, scope: "book:read", sub: undefined, azp: "an-app" }, "an-app"],
    ["Keycloak", { ...bare, typ: "Bearer", azp: "shop", scope: "profile", realm_access: { roles: ["x"] } }, "shop"],
    ["Auth0", { ...bare, azp: "shop", permissions: ["read:orders"] }, "shop"],
    ["Microsoft Entra", { ...bare, appid: "app-1", scp: "Orders.Read" }, "app-1"],
    ["Okta", { ...bare, cid: "client-1", scp: ["orders"] }, "client-1"],
    ["Amazon Cognito", { ...bare, token_use: "access", client_id: "client-2", scope: "orders/read" }, "client-2"],
  ])("passes where the rules are lax, and only there: %s", async (_who, claims, clientId) => {
    const { lax, strict } = await startBoth();
    for (const header of [jwt, { typ: "jwt" }, { typ: undefined }]) {
      const token = await lax.issuer.accessToken(claims, header);
      const answer = await lax.call(token);
      expect([answer.status, answer.json()]).toMatchObject([200, { clientId }]);
      expect(refusalIn(await strict.call(token))).toEqual(lacking(claims["jti"] === undefined ? "jti" : "client_id"));
    }
  });

  test("never passes without an end or without an audience", async () => {
    const { lax } = await startBoth();
    for (const name of ["exp", "aud", "iss"]) {
      const token = await lax.issuer.accessToken({ ...bare, scope: "read", [name]: undefined }, jwt);
      expect(refusalIn(await lax.call(token))).toEqual(lacking(name));
    }
  });
});
