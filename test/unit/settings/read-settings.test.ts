import { describe, expect, test } from "vitest";
import { OptionsError } from "../../../src/errors.js";
import type { AuthOptions } from "../../../src/options.js";
import { readSettings } from "../../../src/settings/read-settings.js";
import { stopClock } from "../../support/clock.js";
import { problemsOf, problemsWith } from "../../support/problems.js";
import { otherSecret, rightOptions, secret, settingsWith } from "../../support/settings.js";

describe("wrong options", () => {
  test("are told all at once", () => {
    const problems = problemsOf({
      issuer: "x",
      baseUrl: "http://shop.example",
      secret: "short",
      scope: "email",
      clientSecret: "",
      idTokenSigningAlg: "none",
      routes: { login: "x", logout: 7 },
      session: { name: "" },
      http: { timeout: 0 },
      colour: "blue",
    });
    const paths = new Set(problems.map((line) => line.split(":")[0]));
    expect(paths).toEqual(
      new Set(
        "baseUrl clientId clientSecret colour http.timeout idTokenSigningAlg issuer routes.login routes.logout scope secret session.name".split(
          " ",
        ),
      ),
    );
  });

  test("are thrown as one error that shows every line", () => {
    const wrong = () => readSettings({}, {});
    expect(wrong).toThrow(OptionsError);
    expect(wrong).toThrow(
      /^The options of express-oidc can't be right:\n- issuer: .*\n- baseUrl: .*\n- secret: .*\n- clientId: /,
    );
  });
});

describe("an unknown name", () => {
  test.each([
    ["clientID", "clientId"],
    ["clientid", "clientId"],
    ["client_id", "clientId"],
    ["issuerUrl", "issuer"],
    ["baseURL", "baseUrl"],
    ["base_url", "baseUrl"],
    ["secrets", "secret"],
    ["scopes", "scope"],
    ["idletimeout", "idleTimeout"],
    ["authorizationParameters", "authorizationParams"],
    ["onlogin", "onLogin"],
    ["insecureHTTP", "insecureHttp"],
  ])("%s is refused with the nearest one that there is", (name, nearest) => {
    expect(problemsWith({ [name]: "x" })).toEqual([`${name}: there is no such option; did you mean \`${nearest}\`?`]);
  });

  test("that is near to none is refused with all that there are", () => {
    expect(problemsWith({ zzzzzzzzzzzz: 1 })).toEqual([
      expect.stringMatching(
        /^zzzzzzzzzzzz: there is no such option; known are issuer, clientId, .*, insecurePasswordGrant$/,
      ),
    ]);
  });

  test("is refused also where it is undefined, for it was meant to be something", () => {
    expect(problemsWith({ clientID: undefined })).toHaveLength(1);
  });

  test.each(["constructor", "toString", "__proto__"])("may be one that every object has: %s", (name) => {
    const options = Object.defineProperty({ ...rightOptions }, name, { value: {}, enumerable: true });
    expect(problemsOf(options)).toEqual([expect.stringMatching(/there is no such option/)]);
  });
});

describe("the environment", () => {
  const env = {
    OIDC_ISSUER: "https://id.example",
    OIDC_CLIENT_ID: "shop",
    OIDC_CLIENT_SECRET: "the secret of the shop",
    OIDC_BASE_URL: "https://shop.example",
    OIDC_SECRET: secret,
    OIDC_SCOPE: "openid orders",
  };

  test("is enough", () => {
    expect(readSettings({}, env)).toMatchObject({
      clientId: "shop",
      clientSecret: "the secret of the shop",
      baseUrl: "https://shop.example",
      secrets: [secret],
      scope: "openid orders",
    });
  });

  test("may carry several secrets, newest first, with spaces around them", () => {
    expect(readSettings({}, { ...env, OIDC_SECRET: ` ${otherSecret} , ${secret}\n` }).secrets).toEqual([
      otherSecret,
      secret,
    ]);
  });

  test("gives way to what is written in code", () => {
    const settings = readSettings({ clientId: "other", secret: otherSecret }, env);
    expect(settings).toMatchObject({ clientId: "other", secrets: [otherSecret], baseUrl: "https://shop.example" });
  });

  test("counts where the code says undefined", () => {
    expect(readSettings({ clientId: undefined, issuer: undefined } as object, env).clientId).toBe("shop");
  });

  test.each(["", "  ", "\n"])("counts for nothing where a variable is empty: %j", (empty) => {
    const { clientSecret, clientAuth, scope } = readSettings(
      {},
      { ...env, OIDC_CLIENT_SECRET: empty, OIDC_SCOPE: empty },
    );
    expect({ clientSecret, clientAuth, scope }).toEqual({
      clientSecret: undefined,
      clientAuth: "none",
      scope: "openid profile email",
    });
  });

  test("is checked as the code is, and named where something is missing", () => {
    expect(problemsOf({}, { ...env, OIDC_SECRET: `${secret},short` })).toEqual([
      expect.stringMatching(/^secret: must have/),
    ]);
    const names = problemsOf({})
      .join("\n")
      .match(/OIDC_[A-Z_]+/g);
    expect(new Set(names)).toEqual(new Set(["OIDC_BASE_URL", "OIDC_CLIENT_ID", "OIDC_ISSUER", "OIDC_SECRET"]));
  });

  test("without values around a comma makes no secret", () => {
    expect(problemsOf({}, { ...env, OIDC_SECRET: `${secret},` })).toEqual([
      expect.stringMatching(/^secret: must have/),
    ]);
  });
});

describe("settings", () => {
  const everything: AuthOptions = {
    ...rightOptions,
    clientAuth: "client_secret_post",
    secret: [secret, otherSecret],
    scope: "openid",
    authorizationParams: { resource: ["a", "b"] },
    routes: { login: "/in" },
    session: { name: "sid", cookie: { sameSite: "strict" } },
    renew: { leeway: 5 },
    http: { timeout: 2 },
    logoutPage: { title: "Bye?" },
  };

  test("leave the caller's objects as they are, frozen ones too", () => {
    const before = structuredClone(everything);
    settingsWith(everything);
    expect(everything).toEqual(before);
    const frozen = Object.freeze({
      ...everything,
      routes: Object.freeze({ login: "/in" }),
      secret: Object.freeze([secret]),
    });
    expect(problemsOf(frozen)).toEqual([]);
  });

  test("do not change when the caller's objects do", () => {
    const issuer = {
      issuer: "https://id.example",
      authorization_endpoint: "https://id.example/a",
      token_endpoint: "https://id.example/t",
      jwks_uri: "https://id.example/k",
    };
    const secrets = [secret];
    const params = { resource: ["a"] };
    const settings = settingsWith({ issuer, secret: secrets, authorizationParams: params });
    issuer.token_endpoint = "https://evil.example";
    secrets[0] = "changed";
    params.resource.push("b");
    expect(settings.metadata?.token_endpoint).toBe("https://id.example/t");
    expect(settings.secrets).toEqual([secret]);
    expect(settings.authorizationParams).toEqual([["resource", "a"]]);
  });

  test("are frozen, with all that belongs to them", () => {
    const { issuer: _url, state: _state, ...settings } = settingsWith(everything);
    const { routes, session, secrets, authorizationParams, logoutPage } = settings;
    const parts = {
      settings: settingsWith(everything),
      routes,
      session,
      cookie: session.cookie,
      secrets,
      authorizationParams,
      logoutPage,
    };
    expect(
      Object.entries(parts)
        .filter(([, part]) => !Object.isFrozen(part))
        .map(([name]) => name),
    ).toEqual([]);
  });

  test("take undefined for left out, for every option", () => {
    const names = ["clientAuth", "scope", "authorizationParams", "idTokenSigningAlg", "userinfo", "routes", "session"];
    const more = [
      "idleTimeout",
      "absoluteTimeout",
      "clockTolerance",
      "renew",
      "idpLogout",
      "logoutPage",
      "state",
      "http",
    ];
    const hooks = ["onLogin", "onLogout", "onError", "insecureHttp"];
    const options = Object.fromEntries([...names, ...more, ...hooks].map((name) => [name, undefined]));
    const nested = {
      routes: { login: undefined },
      session: { name: undefined, cookie: { path: undefined } },
      http: { timeout: undefined },
      renew: { leeway: undefined },
      logoutPage: { title: undefined },
    };
    const { state: _a, now: _b, fetch: _c, apiFetch: _d, ...plain } = settingsWith();
    expect(settingsWith(options)).toMatchObject(plain);
    expect(settingsWith(nested as object)).toMatchObject(plain);
  });

  test("tell instances apart that differ in issuer, client or site, and only those", () => {
    const ids = [{}, { issuer: "https://x.example" }, { clientId: "x" }, { baseUrl: "https://x.example" }].map(
      (options) => settingsWith(options).id,
    );
    expect(new Set(ids).size).toBe(4);
    expect(settingsWith({ scope: "openid", secret: otherSecret }).id).toBe(ids[0]);
    expect(ids.every((id) => /^[\w-]{8}$/.test(id))).toBe(true);
  });

  test("have one clock, in whole seconds", () => {
    const clock = stopClock();
    const { now } = settingsWith();
    const before = now();
    clock.advance(1.6);
    expect(now() - before).toBe(1);
    expect(Number.isInteger(now())).toBe(true);
  });
});
