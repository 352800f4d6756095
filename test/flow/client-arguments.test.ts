/**
 * Arguments of the client object and of `req.oidc` that can't be right: each is told as the library's own error, and nothing is sent.
 * @module
 */
import { type Client, OidcError, oidcOf } from "express-oidc";
import { describe, expect, test, vi } from "vitest";
import { failureOf, startClient } from "../support/client-world.js";
import { startService } from "../support/noting-service.js";
import { answerWith, failureIn, startScriptedWorld } from "../support/scripted-world.js";

/** The client, as JavaScript sees it. */
type Untyped = Readonly<Record<keyof Client, (...given: readonly unknown[]) => Promise<unknown>>>;

async function startUntyped(options: object = {}) {
  vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const { client, provider } = await startClient({ insecurePasswordGrant: true, ...options });
  return { client: client as unknown as Untyped, provider };
}

describe("a method of the client object", () => {
  test.each<[keyof Client, unknown[]]>([
    ["authorizationUrl", []],
    ["clientCredentials", []],
    ["password", []],
    ["exchangeToken", []],
    ["endSessionUrl", []],
    ["refresh", ["a-token"]],
    ["userinfo", ["a-token"]],
    ["fetch", ["https://api.example", {}]],
  ])("takes for its options nothing but an object: %s()", async (method, before) => {
    const { client, provider } = await startUntyped();
    for (const wrong of [null, "text", 7, []]) {
      const failure = await failureOf(client[method](...before, wrong));
      expect(failure.code).toBe("OIDC_OPTIONS");
      expect(failure.message).toMatch(new RegExp(`${method}\\(\\)( tokens)?: takes its options as one object`));
    }
    expect(provider.seen).toEqual([]);
  });

  test.each<[keyof Client, unknown[]]>([
    ["password", []],
    ["exchangeToken", []],
    ["fetch", ["https://api.example", {}]],
  ])("that can't do without them says so: %s()", async (method, before) => {
    const { client } = await startUntyped();
    expect((await failureOf(client[method](...before))).message).toContain("takes its options as one object");
  });

  test.each([null, "prompt", 7, ["prompt"]])("sends no parameters that are none: %j", async (authorizationParams) => {
    const { client } = await startUntyped();
    const failure = await failureOf(client.authorizationUrl({ authorizationParams }));
    expect(failure.message).toContain("authorizationParams: must be an object of names and values");
  });
});

describe("a token exchange", () => {
  test.each([
    ["subjectTokenType", {}],
    ["actorTokenType", { actorToken: "b" }],
    ["requestedTokenType", {}],
  ])("needs a text for %s", async (name, more) => {
    const { client, provider } = await startUntyped();
    for (const wrong of [null, 7, "", ["jwt"], {}]) {
      const failure = await failureOf(client.exchangeToken({ subjectToken: "a", ...more, [name]: wrong }));
      expect([failure.code, failure.message]).toEqual([
        "OIDC_OPTIONS",
        expect.stringContaining(`exchangeToken() ${name}: must be a text that is not empty`),
      ]);
    }
    expect(provider.seen).toEqual([]);
  });
});

describe("a token of a kind that there is none of", () => {
  test.each(["introspect", "revoke"] as const)("is refused by %s()", async (method) => {
    const { client, provider } = await startUntyped();
    for (const wrong of [null, "access", 7]) {
      const failure = await failureOf(client[method]("a-token", wrong));
      expect(failure.message).toContain("kind: must be access_token or refresh_token");
    }
    expect([provider.calls("introspection"), provider.calls("revocation")]).toEqual([0, 0]);
  });

  test("is not taken for the refresh token of a login", async () => {
    const { app, provider, signIn } = await startScriptedWorld({
      routes: (testApp) =>
        testApp.get(
          "/call",
          answerWith((req) => oidcOf(req).revoke("access" as never)),
        ),
    });
    const { browser } = await signIn();
    expect(failureIn(await browser.get(`${app.baseUrl}/call`)).code).toBe("OIDC_OPTIONS");
    expect(provider.calls("revocation")).toBe(0);
  });
});

describe("a call of an API by the client object", () => {
  test("knows a bound token in whatever letters its type is written", async () => {
    const service = await startService();
    const { client } = await startUntyped({ dpop: true });
    await client.fetch(service.url, {}, { accessToken: "a-token", tokenType: "dpop" });
    expect(service.calls[0]?.headers.authorization).toBe("DPoP a-token");
  });

  test("sends no bound token as Bearer where there is no key for it", async () => {
    const service = await startService();
    const { client } = await startUntyped();
    const failure = await failureOf(client.fetch(service.url, {}, { accessToken: "a-token", tokenType: "DPoP" }));
    expect(failure.message).toMatch(/fetch\(\) tokenType: is DPoP, but this client has no key.*set the option dpop/);
    expect(service.calls).toEqual([]);
  });

  test("needs to know the type of the token", async () => {
    const { client } = await startUntyped();
    const failure = await failureOf(client.fetch("https://api.example", {}, { accessToken: "a-token" }));
    expect(failure.message).toContain("fetch() tokenType: must be a text");
  });
});

describe("req.oidc", () => {
  const calls = {
    getAccessToken: (oidc, wrong) => oidc.getAccessToken(wrong),
    refresh: (oidc, wrong) => oidc.refresh(wrong),
    fetch: (oidc, wrong) => oidc.fetch("https://api.example", {}, wrong),
    login: (oidc, wrong) => oidc.login(wrong),
    logout: (oidc, wrong) => oidc.logout(wrong),
  } as const satisfies Record<string, (oidc: ReturnType<typeof oidcOf>, wrong: never) => unknown>;

  test.each(Object.entries(calls))("takes for its options nothing but an object: %s()", async (method, call) => {
    const { app, provider, signIn } = await startScriptedWorld({
      routes: (testApp) =>
        testApp.get(
          "/call",
          answerWith((req) => call(oidcOf(req), null as never)),
        ),
    });
    const { browser } = await signIn();
    const before = provider.seen.length;
    expect(failureIn(await browser.get(`${app.baseUrl}/call`))).toMatchObject({
      code: "OIDC_OPTIONS",
      message: expect.stringContaining(`${method}(): takes its options as one object`),
    });
    expect(provider.seen).toHaveLength(before);
    expect(app.errors).toEqual([expect.any(OidcError)]);
  });
});
