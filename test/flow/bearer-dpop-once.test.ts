/**
 * Proofs are good once (RFC 9449 11.1), and may have to bring a nonce of the API (RFC 9449 9).
 * @module
 */
import { type RequireBearerOptions, requireBearer } from "express-oidc";
import { describe, expect, test } from "vitest";
import type { Answer } from "../../examples/demo/browser.js";
import { createMemoryState } from "../../src/state/memory.js";
import { type Api, codesOf, refusalIn, startApi, whatIsShown } from "../support/api-world.js";
import { appSecret, sendJson, startApp } from "../support/app.js";
import { ask } from "../support/asking.js";
import { brokenProof, startBoundApi, takesProofs } from "../support/bound-api.js";
import { stopClock } from "../support/clock.js";
import { allAlgs, apiUrl, type BoundCaller, createCaller } from "../support/dpop-caller.js";
import { apiAudience } from "../support/scripted-provider.js";
import { createScriptedState } from "../support/scripted-state.js";

const USED = brokenProof("it has been used before; make one for each call");

/** Two APIs of one issuer, as two processes are: what they share is `state` and `secret`. */
async function startTwo(more: RequireBearerOptions) {
  const first = await startBoundApi(more);
  const second = await startApi({ issuer: first.issuer, guard: { ...takesProofs, ...more } });
  return { first, second, caller: first.caller };
}

describe("a proof that has been taken", () => {
  test("is refused when it comes again, also at the very same moment", async () => {
    const { ask: call, caller } = await startBoundApi();
    const headers = await caller.headers(caller);
    const answers = await Promise.all([call({ headers }), call({ headers }), call({ headers })]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(refusalIn(await call({ headers }))).toEqual(USED);
  });

  test("is refused by another process that shares the state", async () => {
    const { first, second, caller } = await startTwo({ state: createMemoryState() });
    const headers = await caller.headers(caller);
    expect((await first.ask({ headers })).status).toBe(200);
    expect(refusalIn(await second.ask({ headers }))).toEqual(USED);
  });

  test("does not stand in the way of another key with the same jti", async () => {
    const { ask: call, caller, issuer } = await startBoundApi();
    const other = await createCaller("ES256", 51);
    const token = await issuer.accessToken({ cnf: other.cnf });
    const claims = { jti: "1" };
    expect((await call({ headers: await caller.headers({ ...caller, claims }) })).status).toBe(200);
    expect((await call({ headers: await other.headers({ token, claims }) })).status).toBe(200);
  });

  test("is remembered for as long as it would be good", async () => {
    const clock = stopClock();
    const { ask: call, caller } = await startBoundApi();
    const headers = await caller.headers({ ...caller, claims: { iat: clock.now() + 30 } });
    expect((await call({ headers })).status).toBe(200);
    clock.advance(90);
    expect(refusalIn(await call({ headers }))).toEqual(USED);
    clock.advance(1);
    const old = brokenProof("its iat must lie within the last 60 seconds; make one for each call");
    expect(refusalIn(await call({ headers }))).toEqual(old);
  });
});

describe("a proof that has been refused", () => {
  test("is not used up", async () => {
    const { ask: call, caller } = await startBoundApi();
    const headers = await caller.headers(caller);
    expect((await call({ headers, method: "POST" })).status).toBe(401);
    expect((await call({ headers })).status).toBe(200);
  });

  test("is not remembered, so that nobody can fill the memory with junk", async () => {
    const state = createScriptedState();
    const { ask: call, caller } = await startBoundApi({ state });
    state.fail("add", "refused");
    const headers = await caller.headers({ ...caller, method: "POST" });
    expect((await call({ headers })).status).toBe(401);
  });
});

test("a proof is not taken while the state is away: the call is 503, and passes when it is back", async () => {
  const state = createScriptedState();
  const { ask: call, caller, errors } = await startBoundApi({ state });
  const headers = await caller.headers(caller);
  state.fail("add", "refused");
  const answer = await call({ headers });
  expect(answer.status).toBe(503);
  expect(codesOf(errors)).toEqual(["OIDC_STATE_UNAVAILABLE"]);
  expect(answer.body).toContain("so no proof can be taken");
  state.heal();
  expect((await call({ headers })).status).toBe(200);
});

test("a proof is not taken while the memory is full: the call is 503, and none that was taken passes again", async () => {
  const clock = stopClock();
  const { ask: call, caller, errors } = await startBoundApi({ state: createMemoryState(1) });
  const [first, second] = [await caller.headers(caller), await caller.headers(caller)];
  expect((await call({ headers: first })).status).toBe(200);
  expect((await call({ headers: second })).status).toBe(503);
  expect(codesOf(errors)).toEqual(["OIDC_STATE_UNAVAILABLE"]);
  expect(refusalIn(await call({ headers: first }))).toEqual(USED);
  clock.advance(92);
  expect((await call({ headers: await caller.headers(caller) })).status).toBe(200);
});

const NONCE_NEEDED = {
  status: 401,
  code: "OIDC_BEARER_NONCE_NEEDED",
  challenge: `DPoP error="use_dpop_nonce", error_description="This API wants its nonce in each DPoP proof. Make another one with that of the header DPoP-Nonce.", algs="${allAlgs}"`,
};

describe("an API that wants nonces", () => {
  const dpop = { nonce: true };
  const secret = "a secret that is long enough for nonces";
  const older = "another one, which was the secret before";

  /** Calls with a nonce in the proof. */
  async function callWith(api: Pick<Api, "ask">, caller: BoundCaller, nonce?: unknown): Promise<Answer> {
    return api.ask({ headers: await caller.headers({ ...caller, claims: { nonce } }) });
  }

  const nonceIn = (answer: Answer) => answer.headers.get("dpop-nonce");

  test("gives one to whoever has none, and takes it with the next proof", async () => {
    const api = await startBoundApi({ dpop });
    const first = await callWith(api, api.caller);
    expect(refusalIn(first)).toEqual(NONCE_NEEDED);
    expect(first.headers.get("cache-control")).toBe("no-store");
    const second = await callWith(api, api.caller, nonceIn(first));
    expect(second.status).toBe(200);
    expect(nonceIn(second)).toBeNull();
  });

  test.each([["one of the caller's own"], ["AAAAAAAAAAAAAAAAAAAAAA"], [""], [7], [null], [{}]])(
    "takes no other: %j",
    async (nonce) => {
      const api = await startBoundApi({ dpop });
      const answer = await callWith(api, api.caller, nonce);
      expect(refusalIn(answer)).toEqual(NONCE_NEEDED);
      expect(nonceIn(answer)).toMatch(/^[\w-]{22}$/);
    },
  );

  test("hands out the next one in time, and knows the last one for as long again", async () => {
    const clock = stopClock();
    const api = await startBoundApi({ dpop });
    const caller = {
      ...api.caller,
      token: await api.issuer.accessToken({ cnf: api.caller.cnf, exp: clock.now() + 3600 }),
    };
    const nonce = nonceIn(await callWith(api, caller));
    clock.advance(300);
    const late = await callWith(api, caller, nonce);
    expect(late.status).toBe(200);
    const next = nonceIn(late);
    expect(next).not.toBe(nonce);
    clock.advance(300);
    expect(refusalIn(await callWith(api, caller, nonce))).toEqual(NONCE_NEEDED);
    expect((await callWith(api, caller, next)).status).toBe(200);
  });

  test("takes those of another process with the same secret, and no others", async () => {
    const { first, second, caller } = await startTwo({ dpop, secret });
    const nonce = nonceIn(await callWith(first, caller));
    expect((await callWith(second, caller, nonce)).status).toBe(200);
    const stranger = await startApi({ issuer: first.issuer, guard: { ...takesProofs, dpop } });
    expect(refusalIn(await callWith(stranger, caller, nonce))).toEqual(NONCE_NEEDED);
  });

  test("takes those of the secret before, and answers with one of the new", async () => {
    const before = await startBoundApi({ dpop, secret: older });
    const nonce = nonceIn(await callWith(before, before.caller));
    const after = await startApi({ issuer: before.issuer, guard: { ...takesProofs, dpop, secret: [secret, older] } });
    const answer = await callWith(after, before.caller, nonce);
    expect(answer.status).toBe(200);
    expect(nonceIn(answer)).toMatch(/^[\w-]{22}$/);
  });

  test("makes them from the secret of the auth() before it", async () => {
    const { first, caller } = await startTwo({ dpop, secret: appSecret });
    const guard = requireBearer({ audience: apiAudience, dpop });
    const app = await startApp({
      ...first.issuer.registration,
      options: { baseUrl: apiUrl },
      routes: (routes) => routes.get("/orders", guard, (req, res) => sendJson(res, whatIsShown(req))),
    });
    const nonce = nonceIn(await callWith(first, caller));
    const proofs = { ...caller, url: `${apiUrl}/orders`, claims: { nonce } };
    expect((await ask(`${app.url}/orders`, { headers: await caller.headers(proofs) })).status).toBe(200);
    await app.close();
  });
});
