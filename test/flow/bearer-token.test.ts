/**
 * Access tokens that are JWTs, at the door of an API: which pass, and which answer each other one gets.
 * @module
 */
import { describe, expect, test } from "vitest";
import { refusalIn, startApi } from "../support/api-world.js";
import { frameworks } from "../support/app.js";

describe("a call with an access token for this API", () => {
  test.each(frameworks)("passes on %s, and the handler sees whose it is", async (framework) => {
    const { call, issuer } = await startApi({ framework });
    const answer = await call(await issuer.accessToken());
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ sub: "ada", scopes: ["read"], clientId: "a-program", scheme: "Bearer" });
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("is judged once: the next one with the same token needs no key", async () => {
    const { call, issuer } = await startApi();
    const token = await issuer.accessToken();
    expect((await call(token)).status).toBe(200);
    await issuer.stop();
    expect((await call(token)).status).toBe(200);
  });
});

describe("a call without an access token", () => {
  test("is told what to send, and that is no error yet", async () => {
    const { ask } = await startApi({ guard: { realm: "orders", scope: "read write" } });
    expect(refusalIn(await ask())).toEqual({
      status: 401,
      code: "OIDC_BEARER_MISSING",
      challenge: 'Bearer realm="orders", scope="read write"',
    });
  });
});

describe("a call whose token can't be judged, for the issuer is away", () => {
  test("is 503, to be tried again, and no refusal", async () => {
    const { ask, call, issuer, errors } = await startApi();
    const token = await issuer.accessToken();
    await issuer.stop();
    const answer = await call(token);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(errors).toMatchObject([{ code: "OIDC_PROVIDER_UNREACHABLE" }]);
    expect((await ask()).status).toBe(401);
    await issuer.start();
    expect((await call(token)).status).toBe(200);
  });
});
