/**
 * A renewal that GenAuth refuses in an envelope that names no reason: only its word ends a login, so it is asked whether the refresh token is dead.
 * @module
 */
import { AuthenticationClient } from "express-oidc/genauth";
import { describe, expect, test, vi } from "vitest";
import { failureOf } from "../support/client-world.js";
import { startGenauthClient } from "../support/genauth-client-world.js";
import { type GenauthVariant, startGenauthWorld } from "../support/genauth-world.js";
import { failureIn } from "../support/scripted-world.js";

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const untold = { statusCode: 400, message: "no", requestId: "1", data: null };

/** A `fetch` of a GenAuth that says no more than this of any renewal; `asked` answers in place of its introspection. */
function refusing(answer: object = untold, asked: Fetch = fetch): Fetch {
  return async (url, init) => {
    if (url.endsWith("/introspection")) return asked(url, init);
    const form = new URLSearchParams(init.body instanceof URLSearchParams ? init.body : "");
    const isRenewal = form.get("grant_type") === "refresh_token";
    return isRenewal ? Response.json(answer) : fetch(url, init);
  };
}

/** Somebody who has signed in at such a GenAuth. */
async function startRefused(inner: Fetch, variant: GenauthVariant = {}) {
  const world = await startGenauthWorld({ ...variant, options: { http: { fetch: inner }, ...variant.options } });
  const { browser } = await world.signIn();
  return { ...world, browser };
}

describe("a renewal that GenAuth refuses without a reason", () => {
  test.each<GenauthVariant>([{}, { protocol: "oauth" }])(
    "ends a login whose grant is over, once for all: %j",
    async (variant) => {
      const { browser, genauth } = await startRefused(refusing(), variant);
      await browser.fetch("/revoke");
      expect(failureIn(await browser.fetch("/refresh"))).toMatchObject({
        status: 401,
        code: "OIDC_SESSION_REFRESH_REJECTED",
      });
      expect((await browser.fetch("/refresh")).status).toBe(401);
      expect(genauth.calls[`/${variant.protocol ?? "oidc"}/token/introspection`]).toBe(1);
    },
  );

  test("ends it too where the reason is a phrase of the framework's", async () => {
    const { browser } = await startRefused(refusing({ ...untold, error: "Bad Request" }));
    await browser.fetch("/revoke");
    expect(failureIn(await browser.fetch("/refresh")).code).toBe("OIDC_SESSION_REFRESH_REJECTED");
  });

  test("ends no login whose grant goes on", async () => {
    const { browser, genauth } = await startRefused(refusing());
    expect(failureIn(await browser.fetch("/refresh"))).toMatchObject({ status: 502, code: "OIDC_PROVIDER_REFUSED" });
    expect((await browser.get("/private")).json()).toEqual({ sub: "user-ada" });
    expect(genauth.calls["/oidc/token/introspection"]).toBe(1);
  });

  test.each<[string, Fetch]>([
    ["is away", () => Promise.reject(new TypeError("fetch failed"))],
    ["refuses to say", async () => Response.json({ ...untold, statusCode: 401 })],
    ["says nothing", async () => Response.json({})],
    ["answers a page", async () => new Response("<html>")],
    ["says it with an error", async () => Response.json({ active: false }, { status: 500 })],
  ])("ends no login where the question about it %s", async (_what, asked) => {
    const { browser } = await startRefused(refusing(untold, asked));
    await browser.fetch("/revoke");
    expect(failureIn(await browser.fetch("/refresh")).code).toBe("OIDC_PROVIDER_REFUSED");
    expect((await browser.get("/private")).json()).toEqual({ sub: "user-ada" });
  });

  test.each([
    ["says why", { ...untold, error: "invalid_scope" }],
    ["is a matter of the secret", { ...untold, statusCode: 401 }],
    ["is trouble of its own", { ...untold, statusCode: 500 }],
  ])("causes no question where it %s", async (_what, answer) => {
    const { browser, genauth } = await startRefused(refusing(answer));
    expect((await browser.fetch("/refresh")).status).toBe(502);
    expect(genauth.calls["/oidc/token/introspection"]).toBeUndefined();
    expect((await browser.get("/private")).json()).toEqual({ sub: "user-ada" });
  });

  test("is told by AuthenticationClient as what it is, and a code causes no question", async () => {
    const { genauth, redirectUri, logIn } = await startGenauthClient();
    vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const paths: string[] = [];
    const inner = refusing();
    const noting: Fetch = (url, init) => {
      paths.push(new URL(url).pathname);
      return inner(url, init);
    };
    const http = { fetch: noting };
    const client = new AuthenticationClient({ ...genauth.app, redirectUri, http, clientAuth: "client_secret_post" });
    const { refresh_token: token = "" } = await client.getAccessTokenByCode((await logIn()).code);
    expect((await failureOf(client.getNewAccessTokenByRefreshToken(token))).code).toBe("OIDC_PROVIDER_REFUSED");
    await client.revokeToken(token);
    const failure = await failureOf(client.getNewAccessTokenByRefreshToken(token));
    expect(failure.code).toBe("OIDC_SESSION_REFRESH_REJECTED");
    expect(paths.filter((path) => path.endsWith("/introspection"))).toHaveLength(2);
  });
});
