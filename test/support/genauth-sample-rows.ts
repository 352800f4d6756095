/**
 * The samples of GenAuth's documents as rows of the table: each is run as a program.
 * @module
 */
import { expect, vi } from "vitest";
import { type ClientVariant, startGenauthClient } from "./genauth-client-world.js";
import type { Proof, Row } from "./genauth-rows.js";
import { type Ended, runSample } from "./genauth-samples.js";

const plain: ClientVariant = { idTokenSigningAlg: "RS256", accessTokens: "jwt", envelope: false };
const other: ClientVariant = { idTokenSigningAlg: "HS256", accessTokens: "opaque", envelope: true };
const oauth: readonly ClientVariant[] = [
  { protocol: "oauth", envelope: false },
  { protocol: "oauth", envelope: true },
];

/** What a sample is given in the place of its blank: a code, or one of the tokens that a code was exchanged for. */
type Blank = "code" | "access_token" | "refresh_token" | "nothing";

interface Trial {
  readonly sample: string;
  readonly blank: Blank;
  readonly variants: readonly ClientVariant[];
  readonly check: (ended: Ended, world: Awaited<ReturnType<typeof startGenauthClient>>, variant: ClientVariant) => void;
}

function proofsOf({ sample, blank, variants, check }: Trial): [Proof, ...Proof[]] {
  const proofs = variants.map((variant) => ({
    name: JSON.stringify(variant),
    async run() {
      const world = await startGenauthClient(variant);
      const { app } = world.genauth;
      const text = await textFor(blank, world);
      check(await runSample(sample, { app, redirectUri: world.redirectUri, text }), world, variant);
    },
  }));
  return proofs as [Proof, ...Proof[]];
}

async function textFor(
  blank: Blank,
  { client, logIn }: Awaited<ReturnType<typeof startGenauthClient>>,
): Promise<string> {
  if (blank === "nothing") return "";
  const { code, ...known } = await logIn();
  if (blank === "code") return code;
  vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  return (await client.getAccessTokenByCode(code, known))[blank] ?? "";
}

const isTokenAnswer: Trial["check"] = ({ exitCode, result }, _world, { protocol }) => {
  expect(exitCode).toBe(0);
  expect(result).toMatchObject({
    access_token: expect.any(String),
    refresh_token: expect.any(String),
    token_type: "Bearer",
    expires_in: 3600,
    expire_in: 3600,
    ...(protocol !== "oauth" && { id_token: expect.any(String) }),
  });
};

const namesTheOtherMethod: Trial["check"] = ({ exitCode, result, complaint }) => {
  expect([exitCode, result]).toEqual([1, undefined]);
  expect(complaint).toContain("LoginError");
  expect(complaint).toContain("getNewAccessTokenByRefreshToken()");
};

const byCode = "getAccessTokenByCode(code): the bare token response, its ID token verified";
const mixedUp =
  "fails, for it gives a refresh token to getAccessTokenByCode(): the error names getNewAccessTokenByRefreshToken()";

const variantsOf: Readonly<Record<string, readonly ClientVariant[]>> = {
  "000": [plain, other],
  "001": [
    { ...plain, envelope: true },
    { ...other, envelope: false },
  ],
  "002": [
    { ...plain, accessTokens: "opaque" },
    { ...other, accessTokens: "jwt" },
  ],
};

const ofOidc: readonly Row[] = Object.entries(variantsOf).flatMap(([of, variants]): Row[] => [
  {
    of,
    what: "Sample: use code to exchange for token",
    how: byCode,
    sample: `${of}-code`,
    proofs: proofsOf({ sample: `${of}-code`, blank: "code", variants, check: isTokenAnswer }),
  },
  {
    of,
    what: "Sample: use refresh_token to exchange for a new token",
    how: mixedUp,
    sample: `${of}-refresh`,
    isRefused: true,
    proofs: proofsOf({ sample: `${of}-refresh`, blank: "refresh_token", variants, check: namesTheOtherMethod }),
  },
]);

/** A sample of document 003: `protocol` is not always there, then it follows the form of what it is given. */
function ofOauth(name: string, { what, how, ...trial }: Omit<Trial, "sample"> & Pick<Row, "what" | "how">): Row {
  const sample = `003-${name}`;
  return { of: "003", what: `Sample: ${what}`, how, sample, proofs: proofsOf({ sample, ...trial }) };
}

const either = [...oauth, plain];

const ofOauthDocument: readonly Row[] = [
  ofOauth("authorize-url", {
    what: "buildAuthorizeUrl({ scope: 'user' })",
    how: "the URL as a text, with a state from secure randomness",
    blank: "nothing",
    variants: oauth.slice(0, 1),
    check({ result }, { genauth, redirectUri }) {
      const url = new URL(String(result));
      expect(url.origin + url.pathname).toBe(`${genauth.origin}/oauth/auth`);
      expect(Object.fromEntries(url.searchParams)).toEqual({
        state: expect.stringMatching(/^[\w-]{22}$/),
        scope: "user",
        client_id: genauth.app.appId,
        redirect_uri: redirectUri,
        response_type: "code",
      });
    },
  }),
  ofOauth("code", {
    what: "getAccessTokenByCode(code)",
    how: "without protocol: by the form of the code",
    blank: "code",
    variants: either,
    check: isTokenAnswer,
  }),
  ofOauth("userinfo", {
    what: "getUserInfoByAccessToken(accessToken)",
    how: "the token in a header; nulls stay, as in the document",
    blank: "access_token",
    variants: either,
    check: ({ result }) => expect(result).toMatchObject({ sub: "user-ada", gender: "U", email: "ada@example.com" }),
  }),
  ofOauth("refresh", {
    what: "getNewAccessTokenByRefreshToken(refreshToken)",
    how: "the bare token response; an ID token in it is verified",
    blank: "refresh_token",
    variants: either,
    check: isTokenAnswer,
  }),
  ofOauth("introspect", {
    what: "introspectToken(token)",
    how: "RFC 7662",
    blank: "access_token",
    variants: either,
    check: ({ result }, { genauth }) =>
      expect(result).toMatchObject({
        active: true,
        sub: "user-ada",
        client_id: genauth.app.appId,
        token_type: "Bearer",
        exp: expect.any(Number),
        iat: expect.any(Number),
      }),
  }),
  ofOauth("revoke", {
    what: "revokeToken(token)",
    how: "true, or an error (RFC 7009)",
    blank: "refresh_token",
    variants: either,
    check: ({ result }) => expect(result).toBe(true),
  }),
  ofOauth("logout-url", {
    what: "buildLogoutUrl({ redirectUri })",
    how: "without a secret: the easy logout, its address encoded",
    blank: "nothing",
    variants: oauth.slice(0, 1),
    check: ({ result }, { genauth }) =>
      expect(result).toBe(
        `${genauth.origin}/login/profile/logout?redirect_uri=${encodeURIComponent("https://www.genauth.ai")}`,
      ),
  }),
];

/** Every sample. */
export const sampleRows: readonly Row[] = [...ofOidc, ...ofOauthDocument];
