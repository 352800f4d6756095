/**
 * An API that takes the tokens of several issuers: whose token it is decides whose keys count, and strangers cause no request.
 * @module
 */
import type { RequireBearerOptions } from "express-oidc";
import { describe, expect, test } from "vitest";
import { type Api, codesOf, refusalIn, startApi } from "../support/api-world.js";
import { invalidToken } from "../support/challenges.js";
import { type Sign, signingKey, signProperly } from "../support/scripted/signing.js";
import { type ScriptedProvider, startScriptedProvider } from "../support/scripted-provider.js";

const untrusted = invalidToken("its issuer is none that this API trusts");
const unsigned = invalidToken("it is no JWT that a key of its issuer has signed");
const noKey = invalidToken("no key of its issuer fits it");

/** Signs with the key of a number that an issuer has not, in this kind of key. */
const signWithKey =
  (index: number): Sign =>
  (draft) =>
    signProperly({ ...draft, key: signingKey("ES256", index) });

interface TwoIssuers {
  readonly api: Api;
  readonly ada: ScriptedProvider;
  readonly ben: ScriptedProvider;
}

/** Two issuers with a key of their own each, and an API that trusts both in some way. */
async function startTwo(trust: (ada: string, ben: string) => RequireBearerOptions["issuer"]): Promise<TwoIssuers> {
  const [ada, ben] = [await startScriptedProvider(), await startScriptedProvider()];
  ben.rotateKeys();
  ben.script.person = { sub: "ben" };
  const issuer = trust(ada.issuer, ben.issuer);
  return { api: await startApi({ issuer: ada, guard: { ...(issuer !== undefined && { issuer }) } }), ada, ben };
}

const byList = (ada: string, ben: string): RequireBearerOptions["issuer"] => [ada, ben];
const byFunction =
  (ada: string, ben: string): RequireBearerOptions["issuer"] =>
  async (name) =>
    [ada, ben].find((one) => one === name);
const byMetadata = (ada: string, ben: string): RequireBearerOptions["issuer"] =>
  [ada, ben].map((issuer) => ({ issuer, jwks_uri: `${issuer}/jwks` }));

describe.each([
  ["in a list", byList],
  ["by a function", byFunction],
  ["by their metadata", byMetadata],
])("two issuers that are trusted %s", (_how, trust) => {
  test("each have their own tokens accepted, and each is asked for its keys once", async () => {
    const { api, ada, ben } = await startTwo(trust);
    for (const issuer of [ada, ben, ben, ada])
      expect((await api.call(await issuer.accessToken())).json()).toMatchObject({ sub: issuer.script.person["sub"] });
    expect([ada.calls("jwks"), ben.calls("jwks")]).toEqual([1, 1]);
  });

  test("never vouch for one another: a token in the name of one with the other's key is refused", async () => {
    const { api, ada, ben } = await startTwo(trust);
    for (const issuer of [ada, ben]) expect((await api.call(await issuer.accessToken())).status).toBe(200);
    expect(refusalIn(await api.call(await ben.accessToken({ iss: ada.issuer })))).toEqual(noKey);
    expect(refusalIn(await api.call(await ada.accessToken({ iss: ben.issuer })))).toEqual(noKey);
  });

  test("never do where their keys have one name, or none is named", async () => {
    const { api, ada, ben } = await startTwo(trust);
    for (const kid of ["es256-0", undefined]) {
      const forged = await ada.accessToken({}, { kid }, signWithKey(1));
      expect(refusalIn(await api.call(forged))).toEqual(unsigned);
      expect((await api.call(await ada.accessToken({}, { kid }))).status).toBe(200);
    }
    const [jwk] = [{ ...signingKey("ES256", 1).publicKey.export({ format: "jwk" }), kid: "es256-0" }];
    ben.script.jwks = { keys: [jwk] };
    expect((await api.call(await ben.accessToken({}, { kid: "es256-0" }))).json()).toMatchObject({ sub: "ben" });
    expect(refusalIn(await api.call(await ben.accessToken({ iss: ada.issuer }, { kid: "es256-0" })))).toEqual(unsigned);
  });

  test("are not asked for anything by a token of somebody else, and neither is that one", async () => {
    const { api, ada, ben } = await startTwo(trust);
    const stranger = await startScriptedProvider();
    expect(refusalIn(await api.call(await stranger.accessToken()))).toEqual(untrusted);
    expect([...ada.seen, ...ben.seen, ...stranger.seen]).toEqual([]);
    expect(api.errors).toEqual([]);
  });

  test.each([
    ["no name", undefined, "it names no issuer"],
    ["an empty name", "", "it names no issuer"],
    ["a name that is no text", 7, "it names no issuer"],
    ["a list of names", [], "it names no issuer"],
    ["a name that every object has", "constructor", "its issuer is none that this API trusts"],
    ["the name of a prototype", "__proto__", "its issuer is none that this API trusts"],
    ["a file's address", "file:///etc/passwd", "its issuer is none that this API trusts"],
  ])("do not speak for a token with %s", async (_what, iss, rule) => {
    const { api, ada, ben } = await startTwo(trust);
    expect(refusalIn(await api.call(await ada.accessToken({ iss })))).toEqual(invalidToken(rule));
    expect([...ada.seen, ...ben.seen]).toEqual([]);
  });

  test("are away each for itself", async () => {
    const { api, ada, ben } = await startTwo(trust);
    await ben.stop();
    expect((await api.call(await ben.accessToken())).status).toBe(503);
    expect((await api.call(await ada.accessToken())).status).toBe(200);
  });

  test("are told apart from their names with a slash more", async () => {
    const { api, ada } = await startTwo(trust);
    const answer = refusalIn(await api.call(await ada.accessToken({ iss: `${ada.issuer}/` })));
    expect([untrusted, invalidToken("its iss is missing or not the right one")]).toContainEqual(answer);
  });
});

describe("a token that is no JWT", () => {
  test.each(["a.b.c", `${Buffer.from("{}").toString("base64url")}.${Buffer.from("[]").toString("base64url")}.AAAA`])(
    "names no issuer: %s",
    async (token) => {
      const { api } = await startTwo(byList);
      expect(refusalIn(await api.call(token))).toEqual(invalidToken("it is no JWT"));
    },
  );
});

describe("an issuer whose name ends with a slash", () => {
  test("is found with either spelling in the options, and the letter counts in tokens", async () => {
    const { api, ada } = await startTwo((one, other) => [`${one}/`, other]);
    ada.script.metadata = { issuer: `${ada.issuer}/` };
    expect((await api.call(await ada.accessToken({ iss: `${ada.issuer}/` }))).status).toBe(200);
    expect(refusalIn(await api.call(await ada.accessToken()))).toEqual(
      invalidToken("its iss is missing or not the right one"),
    );
  });
});

describe("an issuer whose metadata is another one's", () => {
  test("is not believed: 502, and no token of either passes in its name", async () => {
    const { api, ada, ben } = await startTwo(byList);
    ada.script.metadata = { issuer: ben.issuer, jwks_uri: `${ben.issuer}/jwks` };
    for (const token of [await ada.accessToken(), await ben.accessToken({ iss: ada.issuer })])
      expect((await api.call(token)).status).toBe(502);
    expect(codesOf(api.errors)).toEqual(["OIDC_PROVIDER_RESPONSE_INVALID", "OIDC_PROVIDER_RESPONSE_INVALID"]);
    expect((await api.call(await ben.accessToken())).status).toBe(200);
  });
});

describe("a function that chooses issuers", () => {
  test("is asked once for one that it knows, by however many at once, and each time for one that it does not", async () => {
    const asked: string[] = [];
    const { api, ada, ben } = await startTwo((known) => (name) => {
      asked.push(name);
      return name === known ? name : undefined;
    });
    const tokens = await Promise.all(Array.from({ length: 20 }, () => ada.accessToken()));
    const answers = await Promise.all(tokens.map(async (token) => (await api.call(token)).status));
    expect(new Set(answers)).toEqual(new Set([200]));
    expect([asked, ada.calls("jwks")]).toEqual([[ada.issuer], 1]);
    for (const token of [await ben.accessToken(), await ben.accessToken()])
      expect(refusalIn(await api.call(token))).toEqual(untrusted);
    expect(asked).toEqual([ada.issuer, ben.issuer, ben.issuer]);
  });

  test.each([undefined, null])("trusts nobody with %o", async (answer) => {
    const { api, ada } = await startTwo(() => () => answer);
    expect(refusalIn(await api.call(await ada.accessToken()))).toEqual(untrusted);
    expect([ada.seen, api.errors]).toEqual([[], []]);
  });

  test("trusts nobody with the name of another issuer", async () => {
    const { api, ada, ben } = await startTwo((one) => () => one);
    expect(refusalIn(await api.call(await ben.accessToken()))).toEqual(untrusted);
    expect(refusalIn(await api.call(await ben.accessToken({ iss: ben.issuer })))).toEqual(untrusted);
    expect([...ada.seen, ...ben.seen]).toEqual([]);
  });

  test("may answer with a table's entry, whatever a token is called", async () => {
    const { api, ada } = await startTwo((known) => {
      const table: Record<string, string> = { [known]: known };
      return (name) => table[name];
    });
    expect((await api.call(await ada.accessToken())).status).toBe(200);
    for (const iss of ["__proto__", "constructor", "toString"])
      expect(refusalIn(await api.call(await ada.accessToken({ iss })))).toEqual(untrusted);
  });

  test("that throws is the app's mistake, lets nobody pass, and is asked again", async () => {
    let isBroken = true;
    const { api, ada } = await startTwo(() => (name) => {
      if (isBroken) throw new Error("the table is away");
      return name;
    });
    expect((await api.call(await ada.accessToken())).status).toBe(500);
    expect(api.errors).toEqual([new Error("the table is away")]);
    isBroken = false;
    expect((await api.call(await ada.accessToken())).status).toBe(200);
  });

  test.each<[string, unknown]>([
    ["a number", 7],
    ["no URL", "id.example"],
    ["http to another machine", "http://id.example"],
    ["metadata without keys", { issuer: "https://id.example" }],
  ])("that answers with %s makes a mistake that is named", async (_what, answer) => {
    const { api, ada } = await startTwo(() => () => answer as string);
    expect((await api.call(await ada.accessToken())).status).toBe(500);
    expect(codesOf(api.errors)).toEqual(["OIDC_OPTIONS"]);
  });
});
