import { describe, expect, test } from "vitest";
import { unwrapping } from "../../../src/genauth/envelope.js";

const host = "https://shop.genauth.ai";

/** What comes of an answer of an endpoint. */
async function standardOf(path: string, body: unknown, status = 200): Promise<{ status: number; body: unknown }> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await unwrapping(async () => new Response(text, { status }))(host + path, {});
  const received = await response.text();
  return { status: response.status, body: received.startsWith("{") ? JSON.parse(received) : received };
}

const tokens = { access_token: "the-token", token_type: "Bearer", expires_in: 3600, scope: "user" };

/** The answer as the documents have it. */
const documented = {
  statusCode: 200,
  message: "Operation successful",
  requestId: "934108e5-9fbf-4d24-8da1-c330328abd6c",
  data: { access_token: "the-token", id_token: "a.b.c", refresh_token: "r", token_type: "xxx", expire_in: 7200 },
};

describe("GenAuth's token response", () => {
  test("stays what it is where it has the form of the standard", async () => {
    expect(await standardOf("/oauth/token", tokens)).toEqual({ status: 200, body: tokens });
  });

  test("is taken out of its envelope, with the lifetime and the type by the names of the standard", async () => {
    expect(await standardOf("/oidc/token", documented)).toEqual({
      status: 200,
      body: { ...documented.data, token_type: "Bearer", expires_in: 7200 },
    });
  });

  test("may have expire_in without an envelope; expires_in goes first", async () => {
    const { expires_in: _left, ...rest } = tokens;
    expect(await standardOf("/oauth/token", { ...rest, expire_in: 60 })).toMatchObject({ body: { expires_in: 60 } });
    expect(await standardOf("/oauth/token", { ...tokens, expire_in: 60 })).toMatchObject({
      body: { expires_in: 3600 },
    });
  });

  test("has no members that are null", async () => {
    const nulls = { id_token: null, refresh_token: null, scope: null };
    const { body } = await standardOf("/oidc/token", { ...tokens, ...nulls });
    expect(body).toEqual({ access_token: "the-token", token_type: "Bearer", expires_in: 3600 });
  });

  test("with another type than Bearer stays of that type, which nobody uses", async () => {
    expect(await standardOf("/oidc/token", { ...tokens, token_type: "mac" })).toMatchObject({
      body: { token_type: "mac" },
    });
  });
});

describe("an error in an envelope", () => {
  test.each([
    [{ statusCode: 400, message: "used", data: { error: "invalid_grant" } }, 200, 400, "invalid_grant"],
    [{ statusCode: 400, message: "used", error: "invalid_grant" }, 400, 400, "invalid_grant"],
    [{ statusCode: 400, message: "used", error: "Bad Request" }, 400, 400, "invalid_request"],
    [{ statusCode: 401, message: "wrong secret" }, 200, 401, "invalid_client"],
    [{ statusCode: 403, message: "no", data: null }, 200, 403, "invalid_request"],
    [{ statusCode: 500, message: "trouble" }, 200, 500, "invalid_request"],
    [{ statusCode: 20001, message: "a number of its own" }, 200, 400, "invalid_request"],
    [{ statusCode: 200, message: "odd", data: { error: "invalid_scope" } }, 400, 400, "invalid_scope"],
  ])("is that error: %j", async (body, httpStatus, status, error) => {
    expect(await standardOf("/oidc/token", body, httpStatus)).toEqual({
      status,
      body: { error, error_description: body.message },
    });
  });
});

describe("other answers", () => {
  test.each(["/oidc/me", "/oauth/me", "/oidc/token/introspection", "/oauth/token/revocation"])(
    "of %s may come in an envelope, and keep their nulls",
    async (path) => {
      const data = { sub: "ada", name: null };
      expect(await standardOf(path, { statusCode: 200, message: "ok", data })).toEqual({ status: 200, body: data });
      expect(await standardOf(path, data)).toEqual({ status: 200, body: data });
    },
  );

  test.each(["/oidc/.well-known/jwks.json", "/oidc/.well-known/openid-configuration"])(
    "of %s are not touched",
    async (path) => {
      const received = new Response(JSON.stringify(documented));
      expect(await unwrapping(async () => received)(host + path, {})).toBe(received);
    },
  );

  test.each([
    ["<h1>Bad gateway</h1>", 502],
    ["", 200],
    ["[1]", 200],
    ["eyJ.a.b", 200],
  ])("that are no objects of JSON stay as they are: %j", async (text, status) => {
    expect(await standardOf("/oidc/me", text, status)).toEqual({ status, body: text });
  });

  test("that only look like an envelope stay as they are", async () => {
    const userinfo = { sub: "ada", statusCode: 7 };
    expect((await standardOf("/oidc/me", userinfo)).body).toEqual(userinfo);
    const odd = { ...userinfo, statusCode: 200, message: "hi", data: { sub: "somebody else" } };
    expect((await standardOf("/oauth/me", odd)).body).toEqual(odd);
    const answer = { active: false, statusCode: 200, data: { active: true } };
    expect((await standardOf("/oauth/token/introspection", answer)).body).toEqual(answer);
    expect((await standardOf("/oidc/token", { ...tokens, statusCode: 400, message: "x" })).body).toMatchObject(tokens);
  });

  test("keep their headers, but for those about the bytes on the wire", async () => {
    const headers = { "www-authenticate": "Bearer", "content-encoding": "gzip", "content-length": "9999" };
    const response = await unwrapping(async () => new Response("{}", { status: 401, headers }))(`${host}/oidc/me`, {});
    expect([...response.headers.keys()]).toEqual(["content-type", "www-authenticate"]);
  });
});
