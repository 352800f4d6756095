/**
 * What a login at GenAuth is, whichever way the app is set up there: the tests that every variant must pass.
 * @module
 */
import { decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { type Asking, ask, isSignedIn } from "./asking.js";
import { type GenauthVariant, startGenauthWorld } from "./genauth-world.js";
import { step } from "./journey.js";
import { failureIn, heldIn } from "./scripted-world.js";

const bearer = (token = ""): Asking => ({ headers: { authorization: `Bearer ${token}` } });

/** Tests one variant. */
export function testGenauth(variant: GenauthVariant): void {
  const { protocol, idTokenSigningAlg, accessTokens, envelope } = variant;
  const isOidc = protocol === "oidc";
  const isJwt = isOidc && accessTokens === "jwt";
  const name = [
    protocol,
    isOidc && idTokenSigningAlg,
    `${accessTokens} tokens`,
    envelope ? "an envelope" : "no envelope",
  ];

  describe(`GenAuth with ${name.filter((part) => part !== false).join(", ")}`, () => {
    test("logs a person in, of whom no null is told", async () => {
      const { genauth, signIn } = await startGenauthWorld(variant);
      const { user, claims, idToken, accessToken, scope, expiresAt } = heldIn((await signIn("/held")).page);
      expect(user).toMatchObject({ sub: "user-ada", name: "Ada Lovelace", email: "ada@example.com", gender: "U" });
      expect(user?.["iss"]).toBe(`${genauth.origin}/${protocol}`);
      expect(Object.values(user ?? {})).not.toContain(null);
      expect(accessToken?.split(".")).toHaveLength(isJwt ? 3 : 1);
      expect(expiresAt).toBeGreaterThan(Date.now() / 1000 + 3500);
      expect(scope?.split(" ")).toContain(isOidc ? "offline_access" : "user");
      if (isOidc) {
        expect(decodeProtectedHeader(idToken ?? "").alg).toBe(idTokenSigningAlg);
        expect(claims).toMatchObject({ sub: "user-ada", nickname: null, phone_number: null });
      } else {
        expect([idToken, claims]).toEqual([undefined, undefined]);
      }
    });

    test("renews the tokens", async () => {
      const { browser, page } = await (await startGenauthWorld(variant)).signIn("/held");
      expect((await browser.get("/refresh")).status).toBe(200);
      const [before, after] = [heldIn(page), heldIn(await browser.get("/held"))];
      expect(after.accessToken).not.toBe(before.accessToken);
      expect(after.refreshToken).not.toBe(before.refreshToken);
      expect(after.user?.["sub"]).toBe("user-ada");
    });

    test("ends a login whose grant is over", async () => {
      const { app, signIn } = await startGenauthWorld(variant);
      const { browser } = await signIn();
      await browser.get("/revoke");
      expect(failureIn(await browser.fetch("/refresh"))).toMatchObject({
        status: 401,
        code: "OIDC_SESSION_REFRESH_REJECTED",
      });
      expect(await isSignedIn(browser, app.url)).toBe(false);
    });

    test("tells of the person, and of the token", async () => {
      const { genauth, signIn } = await startGenauthWorld(variant);
      const { browser } = await signIn();
      expect((await browser.get("/userinfo")).json()).toMatchObject({
        sub: "user-ada",
        iss: `${genauth.origin}/${protocol}`,
        phone_number: null,
      });
      expect((await browser.get("/introspect")).json()).toMatchObject({
        active: true,
        sub: "user-ada",
        client_id: genauth.app.appId,
        iss: genauth.origin,
      });
    });

    test(isJwt ? "has tokens that an API takes" : "has tokens that no API can judge by itself", async () => {
      const { app, genauth, signIn } = await startGenauthWorld(variant);
      const { accessToken, idToken } = heldIn((await signIn("/held")).page);
      const answer = await ask(`${app.url}/called`, bearer(accessToken));
      if (isJwt) {
        const { appId } = genauth.app;
        expect(answer.json()).toMatchObject({ sub: "user-ada", aud: appId, iss: `${genauth.origin}/oidc` });
        expect(answer.json()).not.toHaveProperty("client_id");
      } else {
        expect(answer.status).toBe(401);
      }
      if (isOidc) expect((await ask(`${app.url}/called`, bearer(idToken))).status).toBe(401);
    });

    test("logs out there too, so that the password is asked for again", async () => {
      const { app, genauth, signIn } = await startGenauthWorld(variant);
      const { browser } = await signIn();
      const { redirect } = await step(browser, `${app.url}/logout`);
      expect(redirect?.href.split("?")[0]).toBe(
        genauth.origin + (isOidc ? "/oidc/session/end" : "/login/profile/logout"),
      );
      const there = await browser.follow(redirect ?? "");
      const end = isOidc ? await browser.submit() : there;
      expect([end.url.href, end.json()]).toEqual([`${app.url}/`, { user: null }]);
      expect((await browser.get(`${app.url}/private`)).url.origin).toBe(genauth.origin);
    });
  });
}
