/**
 * An access token that is due becomes a new one: with one grant however many ask, and without anybody noticing.
 * @module
 */
import { oidcOf } from "express-oidc";
import { describe, expect, test } from "vitest";
import { type Clock, stopClock } from "../support/clock.js";
import { answerWith, heldIn, type ScriptedWorldOptions, startScriptedWorld } from "../support/scripted-world.js";
import { createSignal } from "../support/signal.js";

/** A world in which somebody has signed in with an access token of an hour. */
async function startSignedIn(options: ScriptedWorldOptions = {}) {
  const clock: Clock = stopClock();
  const world = await startScriptedWorld(options);
  const { browser, page } = await world.signIn("/held");
  return { ...world, clock, browser, first: heldIn(page) };
}

describe("an access token that has expired", () => {
  test("is renewed once for 100 requests at once, which all get an answer", async () => {
    const { browser, clock, provider } = await startSignedIn();
    clock.advance(3700);
    const answers = await Promise.all(Array.from({ length: 100 }, () => browser.fetch("/token")));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(100);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(provider.calls("refresh")).toBe(1);
  });

  test("is new in req.oidc behind a guard, and absent where no guard renews it", async () => {
    const { browser, clock, first } = await startSignedIn();
    clock.advance(3700);
    expect(heldIn(await browser.get("/loose-held")).accessToken).toBeUndefined();
    const { accessToken, expiresAt } = heldIn(await browser.get("/held"));
    expect(accessToken).not.toBe(first.accessToken);
    expect(expiresAt).toBe(clock.now() + 3600);
    expect(heldIn(await browser.get("/loose-held")).accessToken).toBe(accessToken);
  });

  test("is renewed by getAccessToken() where no guard did", async () => {
    const { browser, clock, first, provider } = await startSignedIn();
    clock.advance(3700);
    expect((await browser.get("/loose-token")).json()).not.toEqual({ token: first.accessToken });
    expect(provider.calls("refresh")).toBe(1);
  });

  test("is renewed again and again, each time with the newest refresh token", async () => {
    const { browser, clock, provider } = await startSignedIn();
    for (const round of [1, 2, 3]) {
      clock.advance(3700);
      expect((await browser.get("/token")).status).toBe(200);
      expect(provider.calls("refresh")).toBe(round);
    }
    expect(new Set(provider.seen.map(({ form }) => form.get("refresh_token"))).size).toBe(4);
  });

  test.each(["loose-held", "public"])("does not trouble the provider for /%s, which needs none", async (path) => {
    const { browser, clock, provider } = await startSignedIn();
    clock.advance(3700);
    expect((await browser.get(`/${path}`)).status).toBe(200);
    expect(provider.calls("refresh")).toBe(0);
  });
});

describe("an access token that is about to expire", () => {
  test.each([
    [3600, 3539, 0],
    [3600, 3540, 1],
    [40, 19, 0],
    [40, 20, 1],
    [1, 0, 0],
  ])("of %i seconds is after %i seconds renewed %i times: 60 seconds ahead, at most half its life", async (...row) => {
    const [life, age, renewals] = row;
    const clock = stopClock();
    const { provider, signIn } = await startScriptedWorld();
    provider.script.expiresIn = life;
    const { browser } = await signIn();
    clock.advance(age);
    expect((await browser.get("/token")).status).toBe(200);
    expect(provider.calls("refresh")).toBe(renewals);
  });

  test.each([
    [0, 3599, 0],
    [0, 3600, 1],
    [600, 2999, 0],
    [600, 3000, 1],
  ])("is with a leeway of %i seconds after %i seconds renewed %i times", async (leeway, age, renewals) => {
    const { browser, clock, provider } = await startSignedIn({ options: { renew: { leeway } } });
    clock.advance(age);
    await browser.get("/token");
    expect(provider.calls("refresh")).toBe(renewals);
  });
});

describe("a renewal", () => {
  test("without a new refresh token keeps the old one", async () => {
    const { browser, clock, first, provider } = await startSignedIn();
    provider.script.refreshTokens = "keep";
    for (const _round of [1, 2]) {
      clock.advance(3700);
      expect(heldIn(await browser.get("/held")).refreshToken).toBe(first.refreshToken);
    }
    expect(provider.calls("refresh")).toBe(2);
  });

  test("without a new ID token keeps the old one", async () => {
    const { browser, first, provider } = await startSignedIn();
    provider.script.renewedIdToken = false;
    await browser.get("/refresh");
    const { accessToken, claims, idToken } = heldIn(await browser.get("/held"));
    expect({ claims, idToken }).toEqual({ claims: first.claims, idToken: first.idToken });
    expect(accessToken).not.toBe(first.accessToken);
  });

  test("takes over the new claims, loses those that are gone, and keeps what lasts of the login", async () => {
    const { browser, first, provider } = await startSignedIn();
    const lasting = { auth_time: undefined, sid: undefined, nonce: undefined };
    provider.script.renewedIdToken = { ...lasting, name: "Countess Lovelace", email: undefined, role: "buyer" };
    await browser.get("/refresh");
    const { claims, user } = heldIn(await browser.get("/held"));
    expect(user).toMatchObject({ sub: "ada", name: "Countess Lovelace", role: "buyer" });
    expect(user).not.toHaveProperty("email");
    const { auth_time, nonce, sid } = first.claims ?? {};
    expect(claims).toMatchObject({ auth_time, nonce, sid });
  });

  test("shows the scope that is granted from now on", async () => {
    const { browser, provider } = await startSignedIn();
    provider.script.renewedTokens = { scope: "openid" };
    await browser.get("/refresh");
    expect(heldIn(await browser.get("/held")).scope).toBe("openid");
  });

  test("by refresh() happens due or not, and once for ten at once", async () => {
    const { browser, first, provider } = await startSignedIn({
      routes: (app) =>
        app.get(
          "/ten",
          answerWith((req) => Promise.all(Array.from({ length: 10 }, () => oidcOf(req).refresh()))),
        ),
    });
    const tokens = (await browser.get("/ten")).json() as string[];
    expect(tokens).toHaveLength(10);
    expect(new Set([first.accessToken, ...tokens]).size).toBe(2);
    expect(provider.calls("refresh")).toBe(1);
  });

  test("of one person does not wait for another's", async () => {
    const { clock, browser, provider, signIn } = await startSignedIn();
    const { browser: other } = await signIn();
    clock.advance(3700);
    const held = provider.hold("refresh");
    const slow = browser.fetch("/token");
    await held.arrived;
    expect((await other.fetch("/loose-held")).status).toBe(200);
    const second = other.fetch("/token");
    await expect.poll(() => provider.calls("refresh"), { timeout: 5000 }).toBe(2);
    held.release();
    expect([(await slow).status, (await second).status]).toEqual([200, 200]);
  });

  test("serves a request, too, that has seen the old token and comes to its guard late", async () => {
    const [arrived, go] = [createSignal(), createSignal()];
    const { browser, clock, provider } = await startSignedIn({
      routes: (app) =>
        app.use(async (req, _res, next) => {
          if (req.url === "/held?late") {
            arrived.give();
            await go.given;
          }
          next();
        }),
    });
    clock.advance(3700);
    const late = browser.fetch("/held?late");
    await arrived.given;
    const { token } = (await browser.fetch("/token")).json() as { token: string };
    go.give();
    expect(heldIn(await late).accessToken).toBe(token);
    expect(provider.calls("refresh")).toBe(1);
  });

  test("is not undone by a slower request that writes the app's session last", async () => {
    const [arrived, go] = [createSignal(), createSignal()];
    const { browser, clock, provider } = await startSignedIn({
      routes: (app) =>
        app.get(
          "/basket",
          answerWith(async (req) => {
            arrived.give();
            await go.given;
            if (req.session !== undefined) req.session["basket"] = "full";
            return {};
          }),
        ),
    });
    clock.advance(3700);
    const slow = browser.fetch("/basket");
    await arrived.given;
    const renewed = (await browser.fetch("/token")).body;
    go.give();
    expect((await slow).status).toBe(200);
    expect((await browser.fetch("/token")).body).toBe(renewed);
    clock.advance(3700);
    expect((await browser.fetch("/token")).status).toBe(200);
    expect(provider.calls("refresh")).toBe(2);
  });

  test("under way is waited for by close()", async () => {
    const { app, browser, provider } = await startSignedIn();
    const held = provider.hold("refresh");
    const renewing = browser.fetch("/refresh");
    await held.arrived;
    let isClosed = false;
    const closing = app.instance.close().then(() => {
      isClosed = true;
    });
    await browser.fetch("/public");
    expect(isClosed).toBe(false);
    held.release();
    await closing;
    expect((await renewing).status).toBe(200);
  });
});

describe("a long answer", () => {
  test("gets a renewed token from getAccessToken() after expiry, and a clear end after a logout", async () => {
    const next = [createSignal(), createSignal()] as const;
    const begun = createSignal();
    const said: unknown[] = [];
    const { app, browser, clock, first } = await startSignedIn({
      routes: (testApp) =>
        testApp.get("/stream", async (req, res) => {
          res.write("data: begun\n\n");
          begun.give();
          for (const { given } of next) {
            await given;
            said.push(
              await oidcOf(req)
                .getAccessToken()
                .catch((error: { code: string }) => error.code),
            );
            res.write("data: more\n\n");
          }
          res.end();
        }),
    });
    const stream = browser.fetch("/stream");
    await begun.given;
    clock.advance(3700);
    next[0].give();
    await expect.poll(() => said.length, { timeout: 5000 }).toBe(1);
    expect(said[0]).toMatch(/^at-/);
    expect(said[0]).not.toBe(first.accessToken);
    await browser.get(`${app.url}/logout`);
    next[1].give();
    await stream;
    expect(said[1]).toBe("OIDC_SESSION_ENDED");
  });
});
