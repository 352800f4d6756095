import type { KeyObject } from "node:crypto";
import type { EventEmitter } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AuthInfo } from "@modelcontextprotocol/sdk/server/auth/types.js";
import connect from "connect";
import express, { type Request } from "express";
import {
  type AccessTokenClaims,
  type AnyOidcError,
  type Auth,
  type AuthOptions,
  type AuthorizationParams,
  auth,
  type BearerAuth,
  type BearerMiddleware,
  type BegunLogin,
  type Claims,
  type Client,
  type ClientKey,
  type ClientOptions,
  createClient,
  type IntrospectionOptions,
  type LoginVerdict,
  type Middleware,
  type OidcContext,
  OidcError,
  type OidcErrorCode,
  oidcOf,
  type RequireAuthOptions,
  type RequireBearerOptions,
  requireAuth,
  requireBearer,
  resourceMetadata,
  type SessionStore,
  signedIn,
  type TokenSet,
} from "express-oidc";
import {
  AuthenticationClient,
  type AuthenticationClientOptions,
  type GenauthOptions,
  genauth,
  type Models,
} from "express-oidc/genauth";
import type session from "express-session";
import { describe, expect, expectTypeOf, test } from "vitest";

/** The types are judged by the compiler (`npm run check`); what is run here is only what costs nothing. */
const options = {
  issuer: "https://id.example",
  clientId: "shop",
  baseUrl: "https://shop.example",
  secret: "a secret that is long enough for a test",
} satisfies AuthOptions;

describe("types: auth()", () => {
  test("needs no option, and gives middleware that is also the instance", () => {
    expectTypeOf(auth).toBeCallableWith();
    expectTypeOf(auth).toBeCallableWith(options);
    expectTypeOf(() => auth(options)).returns.toEqualTypeOf<Auth>();
    expectTypeOf<Auth>().toExtend<Middleware>();
    expectTypeOf<Auth["close"]>().returns.resolves.toBeVoid();
  });

  test("knows its options", () => {
    expectTypeOf<{ clientID: string }>().not.toExtend<
      { [Name in keyof AuthOptions]: AuthOptions[Name] } & { clientID?: never }
    >();
    expectTypeOf<"client_secret_post">().toExtend<NonNullable<AuthOptions["clientAuth"]>>();
    expectTypeOf<"private_key_jwt">().toExtend<NonNullable<AuthOptions["clientAuth"]>>();
    expectTypeOf<KeyObject>().toExtend<NonNullable<AuthOptions["clientKey"]>>();
    expectTypeOf<CryptoKey>().toExtend<NonNullable<AuthOptions["clientKey"]>>();
    expectTypeOf<{ key: string; alg: "PS256"; kid: string }>().toExtend<NonNullable<AuthOptions["clientKey"]>>();
    expectTypeOf<{ key: string; alg: "HS256" }>().not.toExtend<ClientKey>();
    expectTypeOf<true | { alg: "ES256" }>().toExtend<NonNullable<AuthOptions["dpop"]>>();
    expectTypeOf<{ alg: "HS256" }>().not.toExtend<NonNullable<AuthOptions["dpop"]>>();
    expectTypeOf<"code id_token">().toExtend<NonNullable<AuthOptions["responseType"]>>();
    expectTypeOf<"token">().not.toExtend<NonNullable<AuthOptions["responseType"]>>();
    expectTypeOf<"fragment">().not.toExtend<NonNullable<AuthOptions["responseMode"]>>();
    expectTypeOf<"fapi1">().not.toExtend<NonNullable<AuthOptions["profile"]>>();
    expectTypeOf<{ authorization_details: { type: string; amount: number }[] }>().toExtend<AuthorizationParams>();
    expectTypeOf<"private">().not.toExtend<NonNullable<AuthOptions["clientAuth"]>>();
    expectTypeOf<"none">().not.toExtend<NonNullable<AuthOptions["idTokenSigningAlg"]>>();
    expectTypeOf<readonly string[]>().toExtend<NonNullable<AuthOptions["secret"]>>();
    expectTypeOf<"oidc" | "oauth2">().toEqualTypeOf<NonNullable<AuthOptions["protocol"]>>();
    expectTypeOf<true | { sub: string }>().toExtend<NonNullable<AuthOptions["userinfo"]>>();
  });

  test("lets hooks be written as people write them", () => {
    expectTypeOf<() => void>().toExtend<NonNullable<AuthOptions["onLogin"]>>();
    expectTypeOf<() => Promise<boolean>>().toExtend<NonNullable<AuthOptions["onLogin"]>>();
    expectTypeOf<() => { role: string }>().toExtend<NonNullable<AuthOptions["onLogin"]>>();
    expectTypeOf<false>().toExtend<LoginVerdict>();
    expectTypeOf<string>().not.toExtend<LoginVerdict>();
  });

  test("is mounted in Express, Connect and bare http without a cast", async () => {
    const instance = auth(options);
    express().use(instance).use("/app", instance);
    connect().use(instance);
    const server = createServer((req, res) => instance(req, res, () => res.end()));
    expect(server.listening).toBe(false);
    await instance.close();
  });
});

describe("types: the client object", () => {
  test("is the same with an app, in a request, and without either", () => {
    expectTypeOf<Auth["client"]>().toEqualTypeOf<Client>();
    expectTypeOf<OidcContext["client"]>().toEqualTypeOf<Client>();
    expectTypeOf(createClient).toBeCallableWith();
    expectTypeOf(() => createClient({ issuer: options.issuer, clientId: "nightly" })).returns.toEqualTypeOf<Client>();
  });

  test("needs nothing that only a web app has, and knows what a program has", () => {
    expectTypeOf<ClientOptions>().not.toHaveProperty("baseUrl");
    expectTypeOf<ClientOptions>().not.toHaveProperty("secret");
    expectTypeOf<ClientOptions["redirectUri"]>().toEqualTypeOf<string | undefined>();
  });

  test("begins logins that bring a code, and keeps how", () => {
    type Request = NonNullable<Parameters<Client["authorizationUrl"]>[0]>;
    expectTypeOf<{ responseType: "code id_token"; responseMode: "form_post.jwt" }>().toExtend<Request>();
    expectTypeOf<{ responseType: "id_token token" }>().not.toExtend<Request>();
    expectTypeOf<BegunLogin>().toExtend<Parameters<Client["exchange"]>[1]>();
  });

  test("gives tokens that can't be changed", () => {
    expectTypeOf<Client["clientCredentials"]>().returns.resolves.toEqualTypeOf<TokenSet>();
    expectTypeOf<TokenSet>().toEqualTypeOf<Readonly<TokenSet>>();
    expectTypeOf<Client["fetch"]>().toBeCallableWith("https://api.example", {}, {} as TokenSet);
    expectTypeOf<Client["endSessionUrl"]>().returns.resolves.toBeString();
    expectTypeOf<{ password: string }>().not.toExtend<Parameters<Client["password"]>[0]>();
    expectTypeOf<"id_token">().toExtend<NonNullable<Parameters<Client["exchangeToken"]>[0]["subjectTokenType"]>>();
  });
});

describe("types: requireAuth()", () => {
  test("is used with options, without, and bare, in Express and Connect", () => {
    const app = express();
    app.get("/a", requireAuth(), (_req, res) => void res.end());
    app.get("/b", requireAuth, (_req, res) => void res.end());
    app.use("/c", requireAuth({ claims: { roles: "admin", level: [1, 2] }, scope: "x" }));
    connect().use("/d", requireAuth()).use(requireAuth);
    expectTypeOf(requireAuth({})).toEqualTypeOf<Middleware>();
  });

  test("takes rules of every kind, and nothing else", () => {
    expectTypeOf<(claims: Claims) => boolean>().toExtend<NonNullable<RequireAuthOptions["claims"]>>();
    expectTypeOf<{ email: (value: unknown) => boolean }>().toExtend<NonNullable<RequireAuthOptions["claims"]>>();
    expectTypeOf<{ address: { country: string } }>().not.toExtend<NonNullable<RequireAuthOptions["claims"]>>();
    expectTypeOf<readonly string[]>().toExtend<NonNullable<RequireAuthOptions["acr"]>>();
    expectTypeOf<string>().not.toExtend<NonNullable<RequireAuthOptions["maxAge"]>>();
  });
});

describe("types: requireBearer()", () => {
  test("asks the issuer about tokens as the client of auth(), or as one of its own", () => {
    type Introspection = NonNullable<RequireBearerOptions["introspection"]>;
    expectTypeOf<true>().toExtend<Introspection>();
    expectTypeOf<IntrospectionOptions>().toExtend<Introspection>();
    expectTypeOf<false>().not.toExtend<Introspection>();
    expectTypeOf<{ clientId: string; clientSecret: string; signed: "ES256" }>().toExtend<IntrospectionOptions>();
    expectTypeOf<{ tokens: "jwt" }>().not.toExtend<IntrospectionOptions>();
    expectTypeOf<number>().not.toExtend<NonNullable<IntrospectionOptions["signed"]>>();
  });

  test("does not promise what an issuer that is asked may leave out", () => {
    expectTypeOf<BearerAuth["expiresAt"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<AccessTokenClaims["exp"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<AccessTokenClaims["aud"]>().toEqualTypeOf<string | readonly string[] | undefined>();
    expectTypeOf<AccessTokenClaims["iss"]>().toBeString();
  });
});

describe("types: requireBearer(), and tokens that are bound to a key", () => {
  test("takes what shows that a bound token is the caller's own, and nothing else", () => {
    expectTypeOf<true>().toExtend<NonNullable<RequireBearerOptions["dpop"]>>();
    expectTypeOf<{ required: true; algs: readonly ["ES256"] }>().toExtend<NonNullable<RequireBearerOptions["dpop"]>>();
    expectTypeOf<"yes">().not.toExtend<NonNullable<RequireBearerOptions["dpop"]>>();
    expectTypeOf<"tls">().toExtend<NonNullable<RequireBearerOptions["clientCertificate"]>>();
    expectTypeOf<{ header: string }>().not.toExtend<NonNullable<RequireBearerOptions["clientCertificate"]>>();
    expectTypeOf<readonly string[]>().toExtend<NonNullable<RequireBearerOptions["secret"]>>();
  });
});

describe("types: req.oidc", () => {
  test("is there on Express's requests", () => {
    expectTypeOf<Request["oidc"]>().toEqualTypeOf<OidcContext>();
    expectTypeOf<Request["oidc"]["user"]>().toEqualTypeOf<Claims | undefined>();
    expectTypeOf<OidcContext["getAccessToken"]>().returns.resolves.toBeString();
    expectTypeOf<OidcContext["getAccessToken"]>().toBeCallableWith({ resource: ["urn:a"], scope: "read" });
    expectTypeOf<OidcContext["fetch"]>().toBeCallableWith("https://api.example", { method: "POST" }, { scope: "read" });
    expectTypeOf<OidcContext["fetch"]>().returns.resolves.toEqualTypeOf<Response>();
    expectTypeOf<Claims["sub"]>().toBeString();
    expectTypeOf<Claims["roles"]>().toBeUnknown();
  });

  test("is found by a function on any request, and signedIn() proves the user", () => {
    expectTypeOf(oidcOf).parameter(0).toEqualTypeOf<IncomingMessage>();
    expectTypeOf(oidcOf).returns.toEqualTypeOf<OidcContext>();
    expectTypeOf(signedIn).returns.toExtend<OidcContext>();
    expectTypeOf<ReturnType<typeof signedIn>["user"]>().toEqualTypeOf<Claims>();
    // a login by plain OAuth 2.0 has none
    expectTypeOf<ReturnType<typeof signedIn>["idTokenClaims"]>().toEqualTypeOf<Claims | undefined>();
    expectTypeOf<Parameters<Middleware>>().toEqualTypeOf<
      [req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void]
    >();
  });
});

describe("types: the guards of an API", () => {
  test("are described together, with options behind them", () => {
    const guard = requireBearer({ resource: "https://api.example" });
    expectTypeOf(guard).toEqualTypeOf<BearerMiddleware>();
    expectTypeOf(resourceMetadata(guard, guard)).toEqualTypeOf<Middleware>();
    expectTypeOf(resourceMetadata(guard, { name: "Orders" })).toEqualTypeOf<Middleware>();
    // @ts-expect-error a guard of browsers is none of an API
    expect(() => resourceMetadata(requireAuth())).toThrow("resourceMetadata");
    express().use(resourceMetadata(guard));
    connect().use(resourceMetadata(guard));
  });

  test("leave what the Model Context Protocol's SDK hands to tools", () => {
    expectTypeOf<BearerAuth>().toExtend<AuthInfo>();
    expectTypeOf<NonNullable<Request["auth"]>>().toExtend<AuthInfo>();
  });
});

/** Shaped as connect-redis 9 is: promises beside callbacks, and types of its own. */
declare class RedisLikeStore extends EventEmitter {
  constructor(options: { client: unknown; prefix?: string });
  get(sid: string, cb?: (error?: unknown, data?: unknown) => void): Promise<unknown>;
  set(sid: string, sess: session.SessionData, cb?: (error?: unknown, data?: unknown) => void): Promise<unknown>;
  destroy(sid: string, cb?: (error?: unknown, data?: unknown) => void): Promise<unknown>;
  touch(sid: string, sess: session.SessionData, cb?: (error?: unknown, data?: unknown) => void): Promise<unknown>;
}

describe("types: sessions", () => {
  test("may be left out, which takes a boolean", () => {
    expectTypeOf<{ session: { reqSession: false } }>().toExtend<AuthOptions>();
    expectTypeOf<{ session: { reqSession: "no" } }>().not.toExtend<AuthOptions>();
  });
});

describe("types: session stores", () => {
  test("are express-session's, and what people write on top of it", () => {
    expectTypeOf<session.Store>().toExtend<SessionStore>();
    expectTypeOf<session.MemoryStore>().toExtend<SessionStore>();
    expectTypeOf<RedisLikeStore>().toExtend<SessionStore>();
    expectTypeOf<Map<string, unknown>>().not.toExtend<SessionStore>();
  });
});

describe("types: errors", () => {
  /** The compiler holds this complete: a new code breaks it until it is told who can act. */
  function whoCanAct(error: AnyOidcError): "developer" | "visitor" | "operator" | "nobody" {
    switch (error.code) {
      case "OIDC_OPTIONS":
        return error.problems.length > 0 ? "developer" : "nobody";
      case "OIDC_SESSION_NOT_MOUNTED":
      case "OIDC_SESSION_COOKIE_LOST":
      case "OIDC_BEARER_NOT_MOUNTED":
        return "developer";
      case "OIDC_REQUEST_INVALID":
      case "OIDC_LOGIN_UNKNOWN_STATE":
      case "OIDC_LOGIN_EXPIRED":
      case "OIDC_LOGIN_RESPONSE_INVALID":
      case "OIDC_VISIT_REQUIRED":
      case "OIDC_SESSION_MISSING":
      case "OIDC_SESSION_ENDED":
      case "OIDC_SESSION_REFRESH_REJECTED":
      case "OIDC_TOKEN_EXPIRED":
      case "OIDC_STEP_UP_REQUIRED":
      case "OIDC_BEARER_MISSING":
      case "OIDC_BEARER_MALFORMED":
      case "OIDC_BEARER_INVALID":
      case "OIDC_BEARER_PROOF_INVALID":
      case "OIDC_BEARER_NONCE_NEEDED":
      case "OIDC_BEARER_STEP_UP_REQUIRED":
        return "visitor";
      case "OIDC_LOGIN_DENIED":
        return error.error === "access_denied" ? "visitor" : "nobody";
      case "OIDC_PROVIDER_UNREACHABLE":
      case "OIDC_PROVIDER_UNAVAILABLE":
      case "OIDC_PROVIDER_RESPONSE_INVALID":
      case "OIDC_PROVIDER_REFUSED":
      case "OIDC_PROVIDER_TIMEOUT":
        return error.retryable ? "nobody" : "operator";
      case "OIDC_STATE_UNAVAILABLE":
      case "OIDC_STATE_LOCK_TIMEOUT":
        return "operator";
      case "OIDC_CLAIMS_REJECTED":
      case "OIDC_SCOPE_MISSING":
      case "OIDC_STEP_UP_UNMET":
      case "OIDC_LOGIN_REFUSED":
      case "OIDC_ORIGIN_REJECTED":
      case "OIDC_BEARER_SCOPE_MISSING":
      case "OIDC_BEARER_CLAIMS_REJECTED":
        return "nobody";
      default:
        return error satisfies never;
    }
  }

  test("are told apart by code alone, and completely", () => {
    expectTypeOf<AnyOidcError["code"]>().toEqualTypeOf<OidcErrorCode>();
    expectTypeOf<AnyOidcError>().toExtend<OidcError>();
    expectTypeOf(whoCanAct).returns.toEqualTypeOf<"developer" | "visitor" | "operator" | "nobody">();
    try {
      auth({ ...options, secret: "short" });
      expect.unreachable();
    } catch (error) {
      expect(error instanceof OidcError && whoCanAct(error as AnyOidcError)).toBe("developer");
    }
  });
});

describe("types: genauth()", () => {
  test("makes options of auth() from those of GenAuth's console, and takes the others along", () => {
    type App = Pick<GenauthOptions, "appId" | "appHost" | "redirectUri">;
    expectTypeOf(genauth).returns.toExtend<AuthOptions>();
    expectTypeOf<App & { idleTimeout: number; logout: "easy" }>().toExtend<GenauthOptions>();
    expectTypeOf<Omit<App, "appId">>().not.toExtend<GenauthOptions>();
    expectTypeOf<"oidc" | "oauth">().toEqualTypeOf<NonNullable<GenauthOptions["protocol"]>>();
    expectTypeOf<Extract<keyof GenauthOptions, "clientId" | "clientSecret">>().toBeNever();
  });
});

describe("types: AuthenticationClient", () => {
  test("takes the options of the documents, the secret by either name", () => {
    type App = { appId: string; appHost: string; redirectUri: string };
    expectTypeOf<App & { appSecret: string }>().toExtend<AuthenticationClientOptions>();
    expectTypeOf<App & { secret: string; protocol: "oauth" }>().toExtend<AuthenticationClientOptions>();
    expectTypeOf<Omit<App, "redirectUri">>().not.toExtend<AuthenticationClientOptions>();
  });

  test("has the shapes of the documents, as Models", () => {
    type Methods = AuthenticationClient;
    expectTypeOf(AuthenticationClient).toBeConstructibleWith({ appId: "a", appHost: "b", redirectUri: "c" });
    expectTypeOf<Methods["buildAuthorizeUrl"]>().returns.toEqualTypeOf<string>();
    expectTypeOf<Methods["buildLogoutUrl"]>().returns.toEqualTypeOf<string>();
    expectTypeOf<Methods["getAccessTokenByCode"]>().returns.resolves.toEqualTypeOf<Models.OIDCTokenResponse>();
    expectTypeOf<Methods["getUserInfoByAccessToken"]>().returns.resolves.toEqualTypeOf<Models.UserInfo>();
    expectTypeOf<Methods["introspectToken"]>().returns.resolves.toEqualTypeOf<Models.IntrospectionResponse>();
    expectTypeOf<Methods["revokeToken"]>().returns.resolves.toEqualTypeOf<true>();
    expectTypeOf<Methods["client"]>().toEqualTypeOf<Client>();
    expectTypeOf<Models.OIDCTokenResponse["expire_in"]>().toEqualTypeOf<number | undefined>();
  });
});
