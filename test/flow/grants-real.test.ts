/**
 * Grants against a real provider: for a program itself, for several APIs of one login, and two that are added to it.
 * @module
 */
import { type AuthOptions, createClient, oidcOf } from "express-oidc";
import { decodeJwt } from "jose";
import type { ProviderContext } from "oidc-provider";
import { describe, expect, test, vi } from "vitest";
import { demoClient } from "../../examples/demo/provider.js";
import { failureOf } from "../support/client-world.js";
import { openWorld } from "../support/journey.js";
import { answerWith } from "../support/scripted-world.js";

const [orders, stock] = ["https://orders.example", "https://stock.example"];
const exchange = "urn:ietf:params:oauth:grant-type:token-exchange";

const resourceIndicators = {
  enabled: true,
  defaultResource: () => undefined,
  getResourceServerInfo: (_ctx: ProviderContext, audience: string) => ({
    scope: "read write",
    audience,
    accessTokenFormat: "jwt",
    jwt: { sign: { alg: "RS256" } },
  }),
};

const client = {
  grant_types: ["authorization_code", "refresh_token", "client_credentials", exchange, "password"],
};

/** A world whose app asks for two APIs at login; `/other?resource=...` answers the access token for one of them. */
async function openReal(options: AuthOptions = {}) {
  const world = await openWorld({
    client,
    provider: {
      configuration: {
        features: { clientCredentials: { enabled: true }, resourceIndicators },
        async loadExistingGrant({ oidc: { provider, client: app, session, requestParamScopes } }) {
          if (app === undefined || session?.accountId === undefined) return undefined;
          const grant = new provider.Grant({ clientId: app.clientId, accountId: session.accountId });
          grant.addOIDCScope([...requestParamScopes].join(" "));
          for (const resource of [orders, stock]) grant.addResourceScope(resource, "read write");
          await grant.save();
          return grant;
        },
      },
    },
    options: {
      scope: "openid profile read write",
      authorizationParams: { resource: [orders, stock] },
      ...options,
    },
    routes(app) {
      app.get(
        "/exchanged",
        answerWith(async (req) =>
          oidcOf(req).client.exchangeToken({ subjectToken: await oidcOf(req).getAccessToken() }),
        ),
      );
      app.get(
        "/other",
        answerWith(async (req) => {
          const query = new URL(req.url ?? "", "http://localhost").searchParams;
          const [resource, scope] = [query.get("resource") ?? "", query.get("scope")];
          const token = await oidcOf(req).getAccessToken({ resource, ...(scope !== null && { scope }) });
          return { aud: decodeJwt(token).aud, scope: decodeJwt(token)["scope"], sub: decodeJwt(token).sub };
        }),
      );
    },
  });
  addGrants(world.provider.provider);
  return world;
}

/** A password grant and a token exchange, which oidc-provider leaves to its user. */
function addGrants(provider: Awaited<ReturnType<typeof openWorld>>["provider"]["provider"]): void {
  provider.registerGrantType(
    "password",
    async (ctx) => {
      const isAda = ctx.oidc.params["username"] === "ada" && ctx.oidc.params["password"] === "lovelace";
      ctx.status = isAda ? 200 : 400;
      ctx.body = isAda ? { access_token: "ada's", token_type: "Bearer", expires_in: 60 } : { error: "invalid_grant" };
    },
    ["username", "password"],
  );
  provider.registerGrantType(
    exchange,
    async (ctx) => {
      const subject = await provider.AccessToken.find(String(ctx.oidc.params["subject_token"]));
      ctx.status = subject === undefined ? 400 : 200;
      ctx.body =
        subject === undefined
          ? { error: "invalid_request" }
          : {
              access_token: `for ${subject.accountId}`,
              issued_token_type: "urn:ietf:params:oauth:token-type:jwt",
              token_type: "N_A",
            };
    },
    ["subject_token", "subject_token_type", "requested_token_type"],
  );
}

describe("a real provider", () => {
  test("gives a program a token for an API, kept until it is due", async () => {
    const world = await openReal();
    const { client_id: clientId, client_secret: clientSecret } = demoClient();
    const program = createClient({ issuer: world.provider.issuer, clientId, clientSecret });
    const before = world.provider.calls["/token"] ?? 0;
    const tokens = await program.clientCredentials({ resource: orders, scope: "read" });
    expect(decodeJwt(tokens.accessToken)).toMatchObject({ aud: orders, client_id: clientId, scope: "read" });
    expect(tokens.expiresAt).toBeGreaterThan(tokens.obtainedAt);
    expect(await program.clientCredentials({ resource: orders, scope: "read" })).toBe(tokens);
    expect(world.provider.calls["/token"]).toBe(before + 1);
    expect(await program.introspect((await program.clientCredentials()).accessToken)).toMatchObject({ active: true });
    const failure = await failureOf(program.clientCredentials({ resource: [orders, stock] }));
    expect(failure).toMatchObject({ code: "OIDC_PROVIDER_REFUSED", error: "invalid_target" });
  });

  test("gives a login a token for each of its APIs, though it replaces refresh tokens and punishes their reuse", async () => {
    const world = await openReal();
    const browser = world.newBrowser();
    await world.signIn(browser);
    const before = world.provider.calls["/token"] ?? 0;
    const ask = (resource: string) => browser.fetch(`/other?resource=${resource}`);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, at) => ask(at % 2 === 0 ? orders : stock)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers[0]?.json()).toEqual({ aud: orders, scope: "read write", sub: "user-ada" });
    expect(answers[1]?.json()).toEqual({ aud: stock, scope: "read write", sub: "user-ada" });
    expect(world.provider.calls["/token"]).toBe(before + 2);
    const narrow = await browser.fetch(`/other?resource=${orders}&scope=read`);
    expect(narrow.json()).toMatchObject({ aud: orders, scope: "read" });
    expect((await browser.fetch("/api")).status).toBe(200);
  });

  test("takes a password and exchanges a token, where it has been taught to", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const world = await openReal({ insecurePasswordGrant: true });
    const { client: own } = world.app.instance;
    expect(warned).toHaveBeenCalledOnce();
    expect(await own.password({ username: "ada", password: "lovelace" })).toMatchObject({ accessToken: "ada's" });
    const denied = await failureOf(own.password({ username: "ada", password: "byron" }));
    expect(denied.code).toBe("OIDC_LOGIN_DENIED");
    const browser = world.newBrowser();
    await world.signIn(browser);
    expect((await browser.fetch("/exchanged")).json()).toMatchObject({ accessToken: "for user-ada", tokenType: "N_A" });
    const refused = await failureOf(own.exchangeToken({ subjectToken: "nobody's" }));
    expect(refused).toMatchObject({ code: "OIDC_PROVIDER_REFUSED", error: "invalid_request" });
  });
});
