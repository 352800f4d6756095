/**
 * Where an access token may stand in a call to an API, and where not (RFC 6750 2, 3).
 * @module
 */
import express, { type RequestHandler } from "express";
import { describe, expect, test } from "vitest";
import { type Api, type ApiOptions, refusalIn, startApi } from "../support/api-world.js";
import { type Handler, sendJson } from "../support/app.js";
import { invalidRequest, invalidToken, nothingShown } from "../support/challenges.js";
import { rawRequest, sendRaw } from "../support/raw.js";

const manyWords = invalidRequest("behind its scheme the header Authorization holds one token, and nothing else");
const twice = invalidRequest("the header Authorization may stand once");
const inUrl = invalidRequest("a token in the URL ends up in logs and histories; send it in the header Authorization");
const twoPlaces = invalidRequest("one access token may be sent, in one place");
const noField = invalidRequest("the form field access_token holds one token, and nothing else");

/** Calls with a header Authorization in exactly these letters, in which `%` stands for a good token. */
async function present(api: Api, authorization: string) {
  return api.ask({ headers: { authorization: authorization.replace("%", await api.issuer.accessToken()) } });
}

describe("the header Authorization", () => {
  test.each(["Bearer %", "bearer %", "BEARER %", "bEaReR %", "Bearer  %", "Bearer     %", "Bearer % "])(
    "lets a call pass in the form %o",
    async (authorization) => {
      const answer = await present(await startApi(), authorization);
      expect([answer.status, answer.json()]).toMatchObject([200, { sub: "ada", scheme: "Bearer" }]);
    },
  );

  test.each([
    ["a scheme without a token", "Bearer"],
    ["two tokens", "Bearer % %"],
    ["a word behind the token", "Bearer % x"],
    ["a word before the token", "Bearer x %"],
    ["a comma behind the token", "Bearer %,"],
    ["two credentials", "Bearer %, Basic YTpi"],
    ["the scheme twice", "Bearer Bearer %"],
    ["parameters", 'Bearer token="%"'],
    ["quotes", 'Bearer "%"'],
    ["a letter that no token has", "Bearer a!b"],
    ["a letter beyond ASCII", "Bearer \u00e9%"],
    ["a sign of equality in the middle", "Bearer a=b"],
    ["nothing but signs of equality", "Bearer =="],
    ["another scheme's word without a token", "DPoP"],
  ])("with %s is 400", async (_what, authorization) => {
    expect(refusalIn(await present(await startApi(), authorization))).toEqual(manyWords);
  });

  test.each([
    ["a word", "x"],
    ["all letters that a token may have", "aZ09-._~+/=="],
    ["two dots", ".."],
    ["four dots", "a.b.c.d.e"],
  ])("with %s that is no JWT is 401", async (_what, token) => {
    expect(refusalIn(await present(await startApi(), `Bearer ${token}`))).toEqual(invalidToken("it is no JWT"));
  });

  test.each([
    "",
    "Basic YTpi",
    "Digest username=ada",
    "Bearerx %",
    "Bearer-%",
    "Bearer:%",
    "Token %",
    "%",
    "Negotiate",
  ])("shows nothing to us in the form %o", async (authorization) => {
    const api = await startApi();
    expect(refusalIn(await present(api, authorization))).toEqual(nothingShown);
    expect(api.issuer.seen).toEqual([]);
  });

  test.each([
    ["twice with one token", ["Bearer %", "Bearer %"]],
    ["with a token and a password", ["Bearer %", "Basic YTpi"]],
    ["with a password and a token", ["Basic YTpi", "Bearer %"]],
    ["with a token and nothing", ["Bearer %", ""]],
  ])("that stands %s is 400", async (_what, values) => {
    const { url, issuer } = await startApi();
    const token = await issuer.accessToken();
    const lines = values.map(
      (value, at) => `${at === 0 ? "Authorization" : "aUTHORIZATION"}: ${value.replace("%", token)}`,
    );
    const { status, text } = await sendRaw(
      url,
      `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines.join("\r\n")}\r\n\r\n`,
    );
    expect([status, /^www-authenticate: (.*)\r$/im.exec(text)?.[1]]).toEqual([400, twice.challenge]);
  });

  test("is refused in one line, with the reason in words, and kept out of caches", async () => {
    const { ask } = await startApi({ guard: { realm: "orders" } });
    const { status, headers, body } = await ask({ headers: { authorization: "Bearer" } });
    const description =
      "This request can't be read: behind its scheme the header Authorization holds one token, and nothing else.";
    expect(status).toBe(400);
    expect(JSON.parse(body)).toEqual({ error: "OIDC_BEARER_MALFORMED", message: description });
    expect(Object.fromEntries(headers)).toMatchObject({
      "www-authenticate": `Bearer realm="orders", error="invalid_request", error_description="${description}"`,
      "cache-control": "no-store",
      "content-type": "application/json; charset=utf-8",
      "x-content-type-options": "nosniff",
    });
  });
});

describe("a token in the URL", () => {
  test("is 400, and never used", async () => {
    const { ask, issuer } = await startApi();
    const token = await issuer.accessToken();
    for (const query of [`access_token=${token}`, `a=1&access_token=${token}`, "access_token=", "access_token"])
      expect(refusalIn(await ask({}, `/orders?${query}`))).toEqual(inUrl);
    expect(issuer.seen).toEqual([]);
  });

  test("is 400 beside a good one in the header, too", async () => {
    const { call, issuer } = await startApi();
    expect(refusalIn(await call(await issuer.accessToken(), "/?access_token=x"))).toEqual(inUrl);
  });

  test("is not looked for in other names and in paths", async () => {
    const { call, issuer } = await startApi();
    for (const path of ["/?my_access_token=x", "/?x=access_token", "/access_token=x", "/?access_token_type=x"])
      expect((await call(await issuer.accessToken(), path)).status).toBe(200);
  });

  test("under a name written with percent signs is not used", async () => {
    const { ask, issuer } = await startApi();
    expect((await ask({}, `/?access%5Ftoken=${await issuer.accessToken()}`)).status).toBe(401);
  });
});

describe("a token in a form", () => {
  const parsing: NonNullable<ApiOptions["before"]> = (app) => {
    const parsers: RequestHandler[] = [express.urlencoded({ extended: true }), express.json()];
    app.use(...(parsers as unknown as Handler[]));
  };
  const withForms = { before: parsing, guard: { formField: true } } as const;

  test("is accepted where that is allowed and the app has parsed it", async () => {
    const { ask, issuer } = await startApi(withForms);
    const answer = await ask({ form: { access_token: await issuer.accessToken(), item: "1" } });
    expect([answer.status, answer.json()]).toMatchObject([200, { sub: "ada", scheme: "Bearer" }]);
  });

  test("is not seen where that is not allowed", async () => {
    const { ask, call, issuer } = await startApi({ before: parsing });
    const form = { access_token: await issuer.accessToken() };
    expect(refusalIn(await ask({ form }))).toEqual(nothingShown);
    const authorization = `Bearer ${form.access_token}`;
    expect((await ask({ form, headers: { authorization } })).status).toBe(200);
    expect((await call(form.access_token)).status).toBe(200);
  });

  test("is not seen where nobody has parsed the form", async () => {
    const { ask, issuer } = await startApi({ guard: { formField: true } });
    expect(refusalIn(await ask({ form: { access_token: await issuer.accessToken() } }))).toEqual(nothingShown);
  });

  test("is not seen in a GET, whatever its type says", async () => {
    const { url, issuer } = await startApi(withForms);
    const body = `access_token=${await issuer.accessToken()}`;
    const headers = { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": String(body.length) };
    for (const method of ["GET", "HEAD"]) {
      const { status } = await sendRaw(url, Buffer.concat([rawRequest("/", headers, method), Buffer.from(body)]));
      expect(status).toBe(401);
    }
  });

  test("is not seen in JSON", async () => {
    const { url, issuer } = await startApi(withForms);
    const body = JSON.stringify({ access_token: await issuer.accessToken() });
    const response = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } });
    expect(response.status).toBe(401);
  });

  test.each(["", "Bearer %", "DPoP %", "Bearer"])("is 400 beside a header Authorization %o", async (authorization) => {
    const { ask, issuer } = await startApi(withForms);
    const token = await issuer.accessToken();
    const headers = { authorization: authorization.replace("%", token) };
    const answer = await ask({ form: { access_token: token }, headers });
    if (authorization === "") expect(answer.status).toBe(200);
    else expect(refusalIn(answer)).toEqual(twoPlaces);
  });

  test.each(["", " %", "% ", "% %", "Bearer %", "%\r\nx: y", "a!b"])("is 400 in the form %o", async (value) => {
    const { ask, issuer } = await startApi(withForms);
    const form = { access_token: value.replace("%", await issuer.accessToken()) };
    expect(refusalIn(await ask({ form }))).toEqual(noField);
  });

  test.each(["access_token=a&access_token=b", "access_token[]=a", "access_token[b]=c"])(
    "is 400 as %s",
    async (body) => {
      const { url } = await startApi(withForms);
      const response = await fetch(url, {
        method: "POST",
        body,
        headers: { "content-type": "application/x-www-form-urlencoded" },
      });
      expect([response.status, response.headers.get("www-authenticate")]).toEqual([400, twoPlaces.challenge]);
    },
  );
});

describe("a call without credentials", () => {
  test("is told the realm and what is needed, and no error", async () => {
    const { ask } = await startApi({ guard: { realm: "orders", scope: "read write", anyScope: ["eu", "us"] } });
    const answer = await ask();
    expect(refusalIn(answer)).toEqual({
      status: 401,
      code: "OIDC_BEARER_MISSING",
      challenge: 'Bearer realm="orders", scope="read write eu us"',
    });
    expect(answer.json()).toEqual({
      error: "OIDC_BEARER_MISSING",
      message: "This needs an access token. Send it in the header Authorization: Bearer.",
    });
  });

  test("is told a bare scheme where there is nothing to tell", async () => {
    expect(refusalIn(await (await startApi()).ask())).toEqual(nothingShown);
  });

  test("is told everything but the body with HEAD", async () => {
    const { url } = await startApi();
    const { status, text } = await sendRaw(url, rawRequest("/", {}, "HEAD"));
    expect(status).toBe(401);
    expect(text).toMatch(/^WWW-Authenticate: Bearer\r$/m);
    expect(text).toMatch(/\r\n\r\n$/);
  });
});

describe("a call with OPTIONS", () => {
  test("passes as a CORS preflight, which never has a token", async () => {
    const headers = { origin: "https://shop.example", "access-control-request-method": "GET" };
    const { ask } = await startApi();
    const answer = await ask({ method: "OPTIONS", headers });
    expect([answer.status, answer.json()]).toEqual([200, {}]);
  });

  test.each([{}, { origin: "https://shop.example" }, { "access-control-request-method": "GET" }])(
    "needs a token otherwise: %o",
    async (headers) => {
      expect(refusalIn(await (await startApi()).ask({ method: "OPTIONS", headers }))).toEqual(nothingShown);
    },
  );
});

test("the app may answer a refusal itself", async () => {
  const { ask, errors } = await startApi({
    guard: {
      onRefused: ({ code, status, headers }, _req, res) =>
        sendJson(res, { mine: code, said: headers["WWW-Authenticate"] }, status + 1),
    },
  });
  const answer = await ask();
  expect([answer.status, answer.json(), errors]).toEqual([402, { mine: "OIDC_BEARER_MISSING", said: "Bearer" }, []]);
});

test("an answer of the app's that fails, now or later, reaches its error handler", async () => {
  const failing = [
    () => Promise.reject(new Error("later")),
    () => {
      throw new Error("now");
    },
  ];
  for (const onRefused of failing) {
    const { ask, errors } = await startApi({ guard: { onRefused } });
    expect((await ask()).status).toBe(500);
    expect(errors).toEqual([expect.any(Error)]);
  }
});
