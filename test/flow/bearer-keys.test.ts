/**
 * The keys of an issuer and the tokens that were checked with them: how often they are fetched, and how long either counts.
 * @module
 */
import { randomUUID } from "node:crypto";
import { type RequireBearerOptions, requireBearer } from "express-oidc";
import { describe, expect, test } from "vitest";
import { type Api, codesOf, refusalIn, startApi } from "../support/api-world.js";
import { sendJson } from "../support/app.js";
import { insufficientScope, invalidToken } from "../support/challenges.js";
import { stopClock } from "../support/clock.js";
import { signWithForeignKey } from "../support/scripted/signing.js";
import { apiAudience } from "../support/scripted-provider.js";

const noKey = invalidToken("no key of its issuer fits it");
const otherName = invalidToken("its iss is missing or not the right one");
const notYet = invalidToken(
  "no key that is known of its issuer fits it, and they are asked for again in at most 5 seconds",
);

/** Tokens with made-up key ids that are right in everything else. */
function strangers({ issuer }: Api, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, () => issuer.accessToken({}, { kid: randomUUID() }, signWithForeignKey)),
  );
}

/** An API that has accepted a token. Its clock stands still. */
async function startWarm(guard: RequireBearerOptions = {}) {
  const clock = stopClock();
  const api = await startApi({ guard });
  expect((await api.call(await api.issuer.accessToken({ auth_time: clock.now() }))).status).toBe(200);
  const before = api.issuer.calls("jwks");
  return { ...api, api, clock, fetches: () => api.issuer.calls("jwks") - before };
}

describe("200 key ids that nobody knows", () => {
  test.each(["one after the other", "at once"])("cause one fetch of the keys, %s", async (how) => {
    const { api, call, fetches } = await startWarm();
    const tokens = await strangers(api, 200);
    const answers: unknown[] = [];
    if (how === "at once")
      answers.push(...(await Promise.all(tokens.map(async (token) => refusalIn(await call(token))))));
    else for (const token of tokens) answers.push(refusalIn(await call(token)));
    for (const answer of answers) expect([noKey, notYet]).toContainEqual(answer);
    expect(answers).toContainEqual(noKey);
    expect(fetches()).toBe(1);
    expect(api.errors).toEqual([]);
  });

  test("cause no other fetch than the first of all, where no token has come before", async () => {
    stopClock();
    const api = await startApi();
    for (const token of await strangers(api, 200)) expect((await api.call(token)).status).toBe(401);
    expect(api.issuer.calls("jwks")).toBe(1);
    expect((await api.call(await api.issuer.accessToken())).status).toBe(200);
    expect(api.issuer.calls("jwks")).toBe(1);
  });

  test("take no fetch from a new key: it works on its first use, five seconds after theirs at the latest", async () => {
    const { api, call, issuer, clock, fetches } = await startWarm();
    for (const token of await strangers(api, 200)) await call(token);
    issuer.rotateKeys();
    clock.advance(4);
    // they go on, and the time does not begin anew
    for (const token of await strangers(api, 20)) expect(refusalIn(await call(token))).toEqual(notYet);
    clock.advance(1);
    expect((await call(await issuer.accessToken())).status).toBe(200);
    expect(fetches()).toBe(2);
  });

  test("fetch a new key for all, where they come before its first use", async () => {
    const { api, call, issuer, fetches } = await startWarm();
    issuer.rotateKeys();
    for (const token of await strangers(api, 200)) await call(token);
    expect((await call(await issuer.accessToken())).status).toBe(200);
    expect(fetches()).toBe(1);
  });

  test("cause no fetch where the rest of the token could not pass either", async () => {
    const { call, issuer, fetches } = await startWarm();
    for (const iss of ["https://id.example", `${issuer.issuer}/`, undefined])
      expect(refusalIn(await call(await issuer.accessToken({ iss }, { kid: randomUUID() })))).toEqual(otherName);
    expect(fetches()).toBe(0);
    issuer.rotateKeys();
    expect((await call(await issuer.accessToken())).status).toBe(200);
  });

  test("are no judgement while the issuer is away: 503", async () => {
    const { call, issuer, clock, errors } = await startWarm();
    issuer.rotateKeys();
    const token = await issuer.accessToken();
    issuer.fail("jwks", { status: 503 });
    expect([(await call(token)).status, (await call(token)).status]).toEqual([503, 503]);
    expect(codesOf(errors)).toEqual(["OIDC_PROVIDER_UNAVAILABLE", "OIDC_PROVIDER_UNAVAILABLE"]);
    issuer.heal();
    clock.advance(5);
    expect((await call(token)).status).toBe(200);
  });
});

describe("a key that is new", () => {
  test("works where the first token that it has signed is refused for something else", async () => {
    const { call, issuer, fetches } = await startWarm();
    issuer.rotateKeys();
    expect(refusalIn(await call(await issuer.accessToken({ exp: 1 })))).toEqual(invalidToken("it has expired"));
    issuer.rotateKeys();
    expect((await call(await issuer.accessToken())).status).toBe(200);
    expect(fetches()).toBe(2);
  });

  test("works on its first use, once for all who come at once, and so does the next one", async () => {
    const { call, issuer, fetches } = await startWarm();
    for (const round of [1, 2]) {
      issuer.rotateKeys();
      const tokens = await Promise.all(Array.from({ length: 50 }, () => issuer.accessToken()));
      const answers = await Promise.all(tokens.map(async (token) => (await call(token)).status));
      expect(new Set(answers)).toEqual(new Set([200]));
      expect(fetches()).toBe(round);
    }
  });

  test("that comes while the keys are being fetched for a stranger waits for them", async () => {
    const { api, call, issuer, fetches } = await startWarm();
    const [stranger = ""] = await strangers(api, 1);
    issuer.rotateKeys();
    const hold = issuer.hold("jwks");
    const first = call(stranger);
    await hold.arrived;
    const second = call(await issuer.accessToken());
    await new Promise((resolve) => setTimeout(resolve, 50));
    hold.release();
    expect([(await first).status, (await second).status, fetches()]).toEqual([401, 200, 1]);
  });

  test("that a fetch of just before has missed is to come again, and then works", async () => {
    const { api, call, issuer, clock } = await startWarm();
    const [stranger = ""] = await strangers(api, 1);
    const { keys } = (await (await fetch(`${issuer.issuer}/jwks`)).json()) as { keys: unknown };
    issuer.script.jwks = { keys };
    const hold = issuer.hold("jwks");
    const first = call(stranger);
    await hold.arrived;
    issuer.rotateKeys();
    const token = await issuer.accessToken();
    const second = call(token);
    await new Promise((resolve) => setTimeout(resolve, 50));
    hold.release();
    expect([refusalIn(await first), refusalIn(await second)]).toEqual([noKey, notYet]);
    issuer.script.jwks = undefined;
    clock.advance(5);
    expect((await call(token)).status).toBe(200);
  });
});

describe("a key that is taken away", () => {
  test("counts until the keys are fetched again, ten minutes later or for another new one", async () => {
    for (const how of ["ten minutes", "another key"]) {
      const { call, issuer, clock } = await startWarm();
      const token = await issuer.accessToken({ exp: clock.now() + 7200 });
      expect((await call(token)).status).toBe(200);
      issuer.rotateKeys();
      clock.advance(599);
      expect((await call(token)).status).toBe(200);
      if (how === "another key") expect((await call(await issuer.accessToken())).status).toBe(200);
      else clock.advance(1);
      // the call that finds the keys old has them fetched behind it
      await call(token);
      await expect.poll(async () => refusalIn(await call(token)).challenge).toMatch(/no key/);
    }
  });

  test("counts on while the issuer is away", async () => {
    const { call, issuer, clock } = await startWarm();
    const token = await issuer.accessToken({ exp: clock.now() + 7200 });
    expect((await call(token)).status).toBe(200);
    await issuer.stop();
    clock.advance(601);
    for (let count = 0; count < 3; count += 1) expect((await call(token)).status).toBe(200);
    expect((await call(await issuer.accessToken())).status).toBe(200);
  });
});

describe("a token that has been checked", () => {
  test("does not pass beyond its end, however often it was used", async () => {
    const { call, issuer, clock } = await startWarm({ clockTolerance: 0 });
    const token = await issuer.accessToken({ exp: clock.now() + 100 });
    expect((await call(token)).status).toBe(200);
    clock.advance(99);
    expect((await call(token)).status).toBe(200);
    clock.advance(1);
    expect(refusalIn(await call(token))).toEqual(invalidToken("it has expired"));
  });

  test("passes beyond it as long as clocks may be apart, and no longer", async () => {
    const { call, issuer, clock } = await startWarm();
    const token = await issuer.accessToken({ exp: clock.now() + 100 });
    expect((await call(token)).status).toBe(200);
    clock.advance(129);
    expect((await call(token)).status).toBe(200);
    clock.advance(1);
    expect(refusalIn(await call(token))).toEqual(invalidToken("it has expired"));
  });

  test("is still held to the demands of the route, and to the age of its login", async () => {
    const { call, issuer, clock } = await startWarm({ maxAge: 60, clockTolerance: 0 });
    const token = await issuer.accessToken({ auth_time: clock.now() });
    expect((await call(token)).status).toBe(200);
    clock.advance(61);
    expect(refusalIn(await call(token))).toMatchObject({ status: 401, code: "OIDC_BEARER_STEP_UP_REQUIRED" });
  });

  test("does not pass another guard with other rules for it", async () => {
    const bills = { audience: "bills" };
    const api = await startApi({
      before: (app) =>
        app.get("/bills", requireBearer({ ...bills, issuer: () => api.issuer.issuer }), (_req, res) =>
          sendJson(res, {}),
        ),
      guard: { scope: "read" },
    });
    const token = await api.issuer.accessToken();
    const both = await api.issuer.accessToken({ aud: [apiAudience, "bills"], scope: "write" });
    for (let count = 0; count < 3; count += 1) {
      expect((await api.call(token)).status).toBe(200);
      expect(refusalIn(await api.call(token, "/bills"))).toEqual(
        invalidToken("its aud is missing or not the right one"),
      );
      expect((await api.call(both, "/bills")).status).toBe(200);
      expect(refusalIn(await api.call(both))).toEqual(insufficientScope("read"));
    }
  });

  test("is checked each time with cache: 0", async () => {
    const { call, issuer, clock } = await startWarm({ cache: 0 });
    const token = await issuer.accessToken({ exp: clock.now() + 7200 });
    expect((await call(token)).status).toBe(200);
    issuer.rotateKeys();
    expect((await call(await issuer.accessToken())).status).toBe(200);
    expect(refusalIn(await call(token))).toEqual(noKey);
  });

  test("is forgotten for newer ones beyond the number that is kept, which nobody notices", async () => {
    const { call, issuer } = await startWarm({ cache: 2 });
    const tokens = await Promise.all(Array.from({ length: 5 }, () => issuer.accessToken()));
    for (let round = 0; round < 3; round += 1) {
      for (const token of tokens) expect((await call(token)).status).toBe(200);
    }
  });
});
