/**
 * A login by hand whose answer comes otherwise than by a code in the address: with an ID token beside the code, posted, or signed (JARM).
 * @module
 */
import { createClient, type LoginProofs } from "express-oidc";
import { describe, expect, test } from "vitest";
import { failureOf, startClient } from "../support/client-world.js";
import * as forgeries from "../support/scripted/signing.js";
import { signingKey } from "../support/scripted/signing.js";

type Request = NonNullable<Parameters<Awaited<ReturnType<typeof startClient>>["client"]["authorizationUrl"]>[0]>;

/** A login that has begun, with what the provider's page posts or puts into the address. */
async function logIn(request: Request, world?: Awaited<ReturnType<typeof startClient>>) {
  const { client, provider } = world ?? (await startClient());
  provider.script.metadata = { authorization_signing_alg_values_supported: ["ES256"] };
  const { url, ...begun } = await client.authorizationUrl(request);
  const response = await fetch(url, { redirect: "manual" });
  const page = await response.text();
  const inputs = [...page.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]);
  const address = response.headers.get("location");
  const params = address === null ? new URLSearchParams(inputs) : new URL(address).searchParams;
  return { client, provider, begun, params, back: address ?? `https://program.example/done?${params}` };
}

const refused = { status: 400, code: "OIDC_LOGIN_RESPONSE_INVALID" };

describe("a login by hand", () => {
  test.each<[Request, string[]]>([
    [{ responseMode: "form_post" }, ["state", "code"]],
    [{ responseType: "code id_token" }, ["state", "code", "id_token"]],
    [{ responseMode: "jwt" }, ["response"]],
    [{ responseMode: "query.jwt" }, ["response"]],
    [{ responseType: "code", responseMode: "form_post.jwt" }, ["response"]],
    [{ responseType: "code id_token", responseMode: "form_post.jwt" }, ["response"]],
  ])("with %j ends with the tokens of its code", async (request, names) => {
    const { client, begun, params } = await logIn(request);
    expect([...params.keys()]).toEqual(names);
    const kept = JSON.parse(JSON.stringify(begun)) as LoginProofs;
    const tokens = await client.exchange(params, kept);
    expect(tokens).toMatchObject({ claims: { sub: "ada" }, refreshToken: expect.stringMatching(/^rt-/) });
    expect(tokens.idToken).not.toBe(params.get("id_token"));
  });

  test("takes a signed answer as an address, too", async () => {
    const { client, begun, back } = await logIn({ responseMode: "jwt" });
    expect((await client.exchange(back, begun)).claims?.sub).toBe("ada");
  });

  test.each<[string, Request]>([
    ["responseType", { responseType: "id_token" as never }],
    ["responseType", { responseType: "token" as never }],
    ["responseMode", { responseMode: "fragment" as never }],
    ["responseMode", { responseType: "code id_token", responseMode: "query" }],
  ])("can't have another %s (%j)", async (name, request) => {
    const { client } = await startClient();
    const failure = await failureOf(client.authorizationUrl(request));
    expect([failure.code, failure.message]).toEqual(["OIDC_OPTIONS", expect.stringContaining(`${name}: must`)]);
  });

  test("has a code alone in plain OAuth 2.0 and with the profile fapi2", async () => {
    const options = { issuer: "https://id.example", clientId: "native", clientKey: signingKey("ES256").privateKey };
    for (const client of [
      createClient({ ...options, profile: "fapi2", dpop: true }),
      (await startClient({ protocol: "oauth2", scope: "user" })).client,
    ]) {
      const failure = await failureOf(client.authorizationUrl({ responseType: "code id_token" }));
      expect(failure.message).toContain("responseType: must be code in plain OAuth 2.0 and with profile fapi2");
    }
  });
});

describe("an answer to it", () => {
  test("that was to be posted and stands in an address is refused, and it is said what to do", async () => {
    for (const shape of [(back: string) => back, (back: string) => new URL(back)]) {
      const { client, begun, back, provider } = await logIn({ responseMode: "form_post" });
      expect(await failureOf(client.exchange(shape(back), begun))).toMatchObject({
        ...refused,
        message: expect.stringContaining("new URLSearchParams(body)"),
      });
      expect(provider.calls("token")).toBe(0);
    }
  });

  test("that was to be signed and is not is refused", async () => {
    const { client, begun, provider } = await logIn({ responseMode: "query.jwt" });
    const plain = new URLSearchParams({ state: begun.state, code: "stolen" });
    expect(await failureOf(client.exchange(plain, begun))).toMatchObject(refused);
    expect(provider.calls("token")).toBe(0);
  });

  test.each([
    ["a broken signature", { sign: forgeries.breakSignature }],
    ["no signature", { sign: forgeries.leaveUnsigned }],
    ["another client as its audience", { claims: { aud: "other" } }],
    ["a time that is over", { claims: { exp: 1000 } }],
  ])("that was to be signed and has %s is refused", async (_what, over) => {
    const world = await startClient();
    world.provider.script.signedAnswer = over;
    const { client, begun, params, provider } = await logIn({ responseMode: "query.jwt" }, world);
    expect(await failureOf(client.exchange(params, begun))).toMatchObject(refused);
    expect(provider.calls("token")).toBe(0);
  });

  test("that was signed for another login is refused", async () => {
    const world = await startClient();
    const [one, other] = [
      await logIn({ responseMode: "query.jwt" }, world),
      await logIn({ responseMode: "query.jwt" }, world),
    ];
    const failure = await failureOf(world.client.exchange(one.params, other.begun));
    expect([failure.code, world.provider.calls("token")]).toEqual(["OIDC_LOGIN_UNKNOWN_STATE", 0]);
  });

  test.each([
    ["the nonce of another login", { claims: { nonce: "another" } }, 0],
    ["the hash of another code", { claims: { c_hash: "AAAAAAAAAAAAAAAAAAAAAA" } }, 0],
    ["a broken signature", { sign: forgeries.breakSignature }, 0],
    ["another person than its code", { claims: { sub: "mallory" } }, 1],
  ])("whose ID token has %s is refused", async (_what, over, calls) => {
    const world = await startClient();
    world.provider.script.frontIdToken = over;
    const { client, begun, params, provider } = await logIn({ responseType: "code id_token" }, world);
    expect(await failureOf(client.exchange(params, begun))).toMatchObject(refused);
    expect(provider.calls("token")).toBe(calls);
  });

  test("without the ID token that was asked for is refused", async () => {
    const { client, begun, params, provider } = await logIn({ responseType: "code id_token" });
    params.delete("id_token");
    expect(await failureOf(client.exchange(params, begun))).toMatchObject(refused);
    expect(provider.calls("token")).toBe(0);
  });
});
