/**
 * Answers of GenAuth that are not to be believed, or that are written otherwise: by a server that says just that.
 * @module
 */
import { AuthenticationClient } from "express-oidc/genauth";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openServer } from "../../examples/demo/listen.js";
import { failureOf } from "../support/client-world.js";

/** A client of a GenAuth that answers every request with this. */
async function clientOf(
  answer: object,
  options: { readonly protocol?: "oidc" | "oauth"; readonly status?: number } = {},
) {
  const { protocol = "oauth", status = 200 } = options;
  const server = await openServer(0);
  server.answerWith((_req, res) => {
    res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  onTestFinished(server.close);
  vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const appHost = `http://127.0.0.1:${server.port}`;
  return new AuthenticationClient({ appId: "a", appSecret: "s", appHost, redirectUri: `${appHost}/back`, protocol });
}

const tokens = { access_token: "an-access-token", token_type: "Bearer" };

describe("a token response", () => {
  test("of document 003 comes as it is there, with expire_in beside", async () => {
    const written = { ...tokens, expires_in: 1209599, refresh_token: "a-refresh-token", scope: "user" };
    const client = await clientOf(written);
    expect(await client.getAccessTokenByCode("c")).toEqual({ ...written, expire_in: 1209599 });
  });

  test("of document 000 comes without its envelope, with both names of the lifetime", async () => {
    const data = { token: "openid profile", ...tokens, token_type: "xxx", expire_in: 7200, id_token: null };
    const client = await clientOf({ statusCode: 200, message: "Operation successful", requestId: "934108e5", data });
    expect(await client.getAccessTokenByCode("c")).toEqual({ ...tokens, expires_in: 7200, expire_in: 7200 });
  });

  test("without a lifetime has none", async () => {
    expect(await (await clientOf(tokens)).getAccessTokenByCode("c")).toEqual(tokens);
  });

  test.each([
    ["without an ID token, with OpenID Connect", tokens, "oidc"],
    ["with an ID token that is none", { ...tokens, id_token: "x" }, "oidc"],
    ["without an access token", { token_type: "Bearer" }, "oauth"],
    ["of another type", { ...tokens, token_type: "N_A" }, "oauth"],
  ] as const)("%s is not believed", async (_what, answer, protocol) => {
    const client = await clientOf(answer, { protocol });
    expect((await failureOf(client.getAccessTokenByCode("c"))).code).toBe("OIDC_PROVIDER_RESPONSE_INVALID");
  });
});

describe("a refusal", () => {
  test("in an envelope that names no reason still says where a refresh token belongs", async () => {
    const client = await clientOf({ statusCode: 400, message: "wrong code", requestId: "1", data: null });
    expect(await failureOf(client.getAccessTokenByCode("c"))).toMatchObject({
      code: "OIDC_PROVIDER_REFUSED",
      error: "invalid_request",
      message: expect.stringMatching(/getNewAccessTokenByRefreshToken\(\)\.$/),
    });
  });

  test("of a token that can't be asked about or ended rejects", async () => {
    const client = await clientOf({ error: "invalid_client" }, { status: 401 });
    expect((await failureOf(client.introspectToken("t"))).code).toBe("OIDC_PROVIDER_REFUSED");
    expect((await failureOf(client.revokeToken("t"))).code).toBe("OIDC_PROVIDER_REFUSED");
  });
});

describe("an argument that is no object", () => {
  test("is not taken for whom userinfo is asked", async () => {
    const client = await clientOf(tokens);
    expect((await failureOf(client.getUserInfoByAccessToken("t", null as never))).code).toBe("OIDC_OPTIONS");
  });
});

describe("a text that is none", () => {
  test.each(["getNewAccessTokenByRefreshToken", "getUserInfoByAccessToken", "introspectToken", "revokeToken"] as const)(
    "is not sent by %s",
    async (method) => {
      const client = await clientOf(tokens);
      const failure = await failureOf(client[method](undefined as unknown as string));
      expect([failure.code, failure.message]).toEqual(["OIDC_OPTIONS", expect.stringContaining(`${method}()`)]);
    },
  );
});
