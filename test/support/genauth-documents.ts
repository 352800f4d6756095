/**
 * GenAuth's documents as a table: its modes, its endpoints, what it says of tokens, its samples; each with what shows that it works here.
 * @module
 */
import { auth } from "express-oidc";
import { genauth } from "express-oidc/genauth";
import { decodeProtectedHeader } from "jose";
import { expect, vi } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { ask } from "./asking.js";
import { failureOf } from "./client-world.js";
import { type GenauthClientWorld, startGenauthClient } from "./genauth-client-world.js";
import { proveResponseType } from "./genauth-response-types.js";
import { type Proof, type Row, stateOf } from "./genauth-rows.js";
import { sampleRows } from "./genauth-sample-rows.js";
import { startGenauthWorld } from "./genauth-world.js";
import { heldIn } from "./scripted-world.js";

export { type Row, stateOf };

const proof = (name: string, run: () => Promise<void>): Proof => ({ name, run });

/** A mode in which auth() logs a person in. */
const byMiddleware = (protocol: "oidc" | "oauth"): Proof =>
  proof(`auth(genauth({ protocol: "${protocol}" }))`, async () => {
    const { signIn } = await startGenauthWorld({ protocol });
    expect((await signIn()).page.json()).toEqual({ sub: "user-ada" });
  });

/** The URL of a response type, as it stands in the documents. */
const urlOf = (responseType: Parameters<GenauthClientWorld["client"]["buildAuthorizeUrl"]>[0]): Proof =>
  proof("buildAuthorizeUrl()", async () => {
    const { client, create } = await startGenauthClient();
    const builder = responseType?.responseType === "token" ? create({ protocol: "oauth" }) : client;
    const { searchParams } = new URL(builder.buildAuthorizeUrl(responseType));
    expect(searchParams.get("response_type")).toBe(responseType?.responseType);
    expect(searchParams.get("response_mode")).toBe(responseType?.responseMode ?? null);
    expect(searchParams.has("nonce")).toBe(responseType?.responseType !== "token");
  });

const otherTypes = [
  ["Implicit", "id_token token"],
  ["Implicit", "id_token"],
  ["Hybrid", "code id_token token"],
  ["Hybrid", "code id_token"],
  ["Hybrid", "code token"],
] as const;

const ofOtherTypes: readonly Row[] = otherTypes.map(([mode, responseType]) => ({
  of: "000",
  what: `Mode: ${mode}, response_type=${responseType}`,
  how: `auth({ responseType: "${responseType}" }), by form_post; the URL alone by buildAuthorizeUrl()`,
  proofs: [urlOf({ responseType, responseMode: "form_post" }), proof("auth()", () => proveResponseType(responseType))],
}));

const modes: readonly Row[] = [
  {
    of: "000, 003",
    what: "Mode: Authorization code",
    how: "auth(genauth()); by hand buildAuthorizeUrl() and getAccessTokenByCode()",
    proofs: [
      byMiddleware("oidc"),
      byMiddleware("oauth"),
      proof("by hand", async () => {
        const { client, logIn } = await startGenauthClient();
        const { code, ...known } = await logIn();
        expect(await client.getAccessTokenByCode(code, known)).toHaveProperty("id_token");
      }),
    ],
  },
  {
    of: "000",
    what: "Mode: Authorization code + PKCE",
    how: "auth() always; by hand with generateCodeChallenge(), getCodeChallengeDigest() and { codeVerifier }",
    proofs: [
      proof("by hand", async () => {
        const { client, visit } = await startGenauthClient();
        const codeVerifier = client.generateCodeChallenge();
        const codeChallenge = client.getCodeChallengeDigest({ codeChallenge: codeVerifier });
        const code = (await visit(client.buildAuthorizeUrl({ codeChallenge }))).get("code") ?? "";
        expect(await client.getAccessTokenByCode(code, { codeVerifier })).toHaveProperty("id_token");
      }),
    ],
  },
  ...ofOtherTypes,
  {
    of: "003",
    what: "Mode: Implicit, response_type=token alone",
    how: "auth() refuses it, for nothing in it can be verified (RFC 9700, 2.1.2); the URL by buildAuthorizeUrl()",
    isRefused: true,
    proofs: [
      urlOf({ responseType: "token" }),
      proof("auth()", async () => {
        const app = { appId: "a", appHost: "https://h.example", redirectUri: "https://r.example/callback" };
        const options = { ...genauth({ ...app, protocol: "oauth", secret: "s".repeat(32) }), responseType: "token" };
        expect(() => auth(options as Parameters<typeof auth>[0])).toThrow(/responseType/);
      }),
    ],
  },
  {
    of: "000",
    what: "Mode: Client credentials, with AK and SK",
    how: "getAccessTokenByClientCredentials(scope, { accessKey, accessSecret }), kept until it is due",
    proofs: [
      proof("a token", async () => {
        const { client, genauth: there } = await startGenauthClient({ envelope: true });
        const { scope, ...account } = there.account;
        expect(await client.getAccessTokenByClientCredentials(scope, account)).toMatchObject({ expires_in: 600 });
      }),
    ],
  },
  {
    of: "000",
    what: "Mode: Password",
    how: "client.password() of the client object, with insecurePasswordGrant, and a warning",
    proofs: [
      proof("a person", async () => {
        const { create } = await startGenauthClient();
        const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
        const { client } = create({ insecurePasswordGrant: true });
        expect(warned).toHaveBeenCalledOnce();
        const tokens = await client.password({ username: "ada", password: "lovelace", scope: "openid" });
        expect(tokens.claims?.sub).toBe("user-ada");
      }),
    ],
  },
];

const ofTokens: readonly Row[] = [
  {
    of: "000, 001, 002",
    what: "refresh_token only with offline_access",
    how: "prompt=consent is added beside it; auth() renews by itself",
    proofs: [
      proof("by hand", async () => {
        const { client, visit } = await startGenauthClient();
        const url = client.buildAuthorizeUrl({ scope: "openid offline_access" });
        expect(new URL(url).searchParams.get("prompt")).toBe("consent");
        const plain = (await visit(client.buildAuthorizeUrl())).get("code") ?? "";
        vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
        expect(await client.getAccessTokenByCode(plain)).not.toHaveProperty("refresh_token");
      }),
      proof("auth()", async () => {
        const { browser } = await (await startGenauthWorld()).signIn();
        expect((await browser.get("/refresh")).status).toBe(200);
      }),
    ],
  },
  {
    of: "000",
    what: "Example: an ID token by HS256, most of its claims null",
    how: "verified with appSecret; req.oidc.user leaves nulls out",
    proofs: [
      proof("auth()", async () => {
        const { signIn } = await startGenauthWorld({ idTokenSigningAlg: "HS256" });
        const { user, claims, idToken } = heldIn((await signIn("/held")).page);
        expect(decodeProtectedHeader(idToken ?? "").alg).toBe("HS256");
        expect([claims?.["nickname"], user?.["nickname"]]).toEqual([null, undefined]);
      }),
    ],
  },
  {
    of: "000, 001, 002",
    what: "Example: the token response in { statusCode, message, requestId, data } with expire_in",
    how: "opened; an error statusCode is that error; the answer is bare, with expires_in beside expire_in",
    proofs: [
      proof("a code that is none", async () => {
        const { client } = await startGenauthClient({ envelope: true });
        vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
        expect((await failureOf(client.getAccessTokenByCode("none"))).code).toBe("OIDC_LOGIN_EXPIRED");
      }),
    ],
  },
  {
    of: "000, 004",
    what: "Example: an API called with a JWT access token as Bearer",
    how: "requireBearer({ audience: appId }); an ID token opens nothing",
    proofs: [
      proof("called", async () => {
        const { app, signIn } = await startGenauthWorld({ accessTokens: "jwt" });
        const { accessToken = "", idToken = "" } = heldIn((await signIn("/held")).page);
        const call = (token: string) => ask(`${app.url}/called`, { headers: { authorization: `Bearer ${token}` } });
        expect([(await call(accessToken)).status, (await call(idToken)).status]).toEqual([200, 401]);
      }),
    ],
  },
  {
    of: "004",
    what: "Example: an opaque access token",
    how: "GenAuth is asked: req.oidc.introspect(), introspectToken()",
    proofs: [
      proof("asked", async () => {
        const { browser } = await (await startGenauthWorld({ accessTokens: "opaque" })).signIn();
        expect((await browser.get("/introspect")).json()).toMatchObject({ active: true, sub: "user-ada" });
      }),
    ],
  },
];

/** What a client has called once it has used a path. */
type Use = (world: GenauthClientWorld) => Promise<unknown>;

const tokensOf = async ({ client, logIn }: GenauthClientWorld) => {
  const { code, ...known } = await logIn();
  const isBound = known.nonce !== undefined;
  if (!isBound) vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  return client.getAccessTokenByCode(code, known);
};

const uses: Readonly<Record<string, readonly [how: string, use: Use]>> = {
  auth: ["buildAuthorizeUrl()", ({ logIn }) => logIn()],
  token: ["getAccessTokenByCode()", tokensOf],
  me: [
    "getUserInfoByAccessToken()",
    async (world) => world.client.getUserInfoByAccessToken((await tokensOf(world)).access_token),
  ],
  "token/introspection": [
    "introspectToken()",
    async (world) => world.client.introspectToken((await tokensOf(world)).access_token),
  ],
  "token/revocation": [
    "revokeToken()",
    async (world) => world.client.revokeToken((await tokensOf(world)).access_token),
  ],
};

const usesOfOidc: typeof uses = {
  ...uses,
  ".well-known/jwks.json": ["fetched for the first ID token", tokensOf],
  "session/end": [
    "buildLogoutUrl({ idToken })",
    async ({ client, logIn, logoutUri }) => {
      const browser = new Browser();
      const { code, ...known } = await logIn(browser);
      const { id_token: idToken = "" } = await client.getAccessTokenByCode(code, known);
      await browser.get(client.buildLogoutUrl({ idToken, redirectUri: logoutUri, state: "bye" }));
      expect((await browser.submit()).url.href).toBe(`${logoutUri}?state=bye`);
    },
  ],
};

const easyLogout: Use = async ({ client, logIn, logoutUri }) => {
  const browser = new Browser();
  await logIn(browser);
  expect((await browser.get(client.buildLogoutUrl({ redirectUri: logoutUri }))).url.href).toBe(logoutUri);
};

function endpointRow(protocol: "oidc" | "oauth", path: string, [how, use]: readonly [string, Use]): Row {
  const called = proof("called", async () => {
    const world = await startGenauthClient({ protocol });
    await use(world);
    expect(world.genauth.calls[path]).toBeGreaterThan(0);
  });
  return { of: protocol === "oidc" ? "000" : "003", what: `Endpoint: ${path}`, how, proofs: [called] };
}

const endpoints: readonly Row[] = [
  ...Object.entries(usesOfOidc).map(([name, use]) => endpointRow("oidc", `/oidc/${name}`, use)),
  {
    of: "000",
    what: "Endpoint: /oidc/.well-known/openid-configuration",
    how: "genauth({ discovery: true }); else the endpoints are built in",
    proofs: [
      proof("found", async () => {
        const { genauth: there, signIn } = await startGenauthWorld({ options: { discovery: true } });
        await signIn();
        expect(there.calls["/oidc/.well-known/openid-configuration"]).toBe(1);
      }),
    ],
  },
  ...Object.entries(uses).map(([name, use]) => endpointRow("oauth", `/oauth/${name}`, use)),
  endpointRow("oauth", "/login/profile/logout", ["buildLogoutUrl()", easyLogout]),
];

/** The table. */
export const documentRows: readonly Row[] = [...modes, ...ofTokens, ...endpoints, ...sampleRows];
