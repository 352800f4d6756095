import { describe, expect, test } from "vitest";
import { problemsWith } from "../../support/problems.js";
import { otherSecret, secret, settingsWith } from "../../support/settings.js";

type Wrong = [what: string, options: object, problem: RegExp];

describe("baseUrl", () => {
  test.each([
    [
      "https://shop.example",
      { baseUrl: "https://shop.example", origin: "https://shop.example", basePath: "", https: true },
    ],
    ["https://shop.example/", { baseUrl: "https://shop.example", basePath: "" }],
    [
      "https://shop.example/app",
      { baseUrl: "https://shop.example/app", origin: "https://shop.example", basePath: "/app" },
    ],
    ["https://shop.example/app/", { baseUrl: "https://shop.example/app", basePath: "/app" }],
    ["https://shop.example/a/b//", { baseUrl: "https://shop.example/a/b", basePath: "/a/b" }],
    [
      "https://shop.example:8443/app",
      { baseUrl: "https://shop.example:8443/app", origin: "https://shop.example:8443" },
    ],
    ["http://localhost:3000", { baseUrl: "http://localhost:3000", https: false }],
    ["http://127.9.9.9:3000", { https: false }],
    ["http://[::1]:3000/app", { origin: "http://[::1]:3000", basePath: "/app" }],
    ["http://shop.localhost", { https: false }],
    ["https://xn--caf-dma.example", { origin: "https://xn--caf-dma.example" }],
  ])("%s is understood", (baseUrl, expected) => {
    expect(settingsWith({ baseUrl })).toMatchObject(expected);
  });

  test.each<Wrong>([
    [
      "missing",
      { baseUrl: undefined },
      /^baseUrl: is needed: where people reach this app, such as https:\/\/shop\.example, here or in OIDC_BASE_URL$/,
    ],
    ["no URL", { baseUrl: "shop.example" }, /^baseUrl: must be an absolute URL/],
    [
      "without a scheme, with a port",
      { baseUrl: "localhost:3000" },
      /^baseUrl: must be an absolute https URL, such as/,
    ],
    ["only a path", { baseUrl: "/app" }, /^baseUrl: must be an absolute URL/],
    ["a number", { baseUrl: 7 }, /^baseUrl: must be an absolute URL/],
    ["another kind of address", { baseUrl: "app:" }, /^baseUrl: must be an absolute https URL/],
    ["http elsewhere", { baseUrl: "http://shop.example" }, /^baseUrl: must be https: .*insecureHttp/],
    [
      "written in capitals",
      { baseUrl: "HTTPS://Shop.Example" },
      /^baseUrl: must be written as browsers write it: https:\/\/shop\.example$/,
    ],
    [
      "written with its default port",
      { baseUrl: "https://shop.example:443/app" },
      /^baseUrl: must be written as browsers write it: https:\/\/shop\.example\/app$/,
    ],
    [
      "written with dots",
      { baseUrl: "https://shop.example/a/../app" },
      /^baseUrl: must be written as browsers write it: https:\/\/shop\.example\/app$/,
    ],
    [
      "written with letters that URLs encode",
      { baseUrl: "https://caf\u00e9.example" },
      /^baseUrl: must be written as browsers write it: https:\/\/xn--/,
    ],
    [
      "written with a space before it",
      { baseUrl: " https://shop.example" },
      /^baseUrl: must be written as browsers write it/,
    ],
  ])("must not be %s", (_what, options, problem) => {
    expect(problemsWith(options)).toEqual([expect.stringMatching(problem)]);
  });

  test.each(["https://shop.example?x=1", "https://shop.example#x", "https://u:p@shop.example", "ftp://shop.example"])(
    "must be a plain https URL: %s",
    (baseUrl) => {
      expect(problemsWith({ baseUrl })).toContainEqual(
        expect.stringMatching(/^baseUrl: must be (a plain|an absolute https) URL/),
      );
    },
  );

  test("may be http elsewhere where that is allowed", () => {
    expect(settingsWith({ baseUrl: "http://shop.internal", insecureHttp: true }).https).toBe(false);
  });
});

describe("secret", () => {
  test("may be one or a list, newest first", () => {
    expect(settingsWith().secrets).toEqual([secret]);
    expect(settingsWith({ secret: [otherSecret, secret] }).secrets).toEqual([otherSecret, secret]);
    expect(problemsWith({ secret: "x".repeat(32) })).toEqual([]);
  });

  test.each([[undefined], [[]]])("is needed: %j", (value) => {
    expect(problemsWith({ secret: value })).toEqual([
      "secret: is needed: it seals the logins; make one with `openssl rand -base64 32` and set it here or in OIDC_SECRET",
    ]);
  });

  test.each([
    ["x".repeat(31)],
    [""],
    [[secret, "short"]],
    [[secret, ""]],
    [[7]],
    [7],
    [null],
    [{}],
    [true],
    [{ 0: secret }],
  ])("must be long enough not to be guessed: %j", (value) => {
    expect(problemsWith({ secret: value })).toEqual([expect.stringMatching(/^secret: /)]);
  });

  test("does not stand in the message", () => {
    expect(problemsWith({ secret: "hunter2" }).join()).not.toContain("hunter2");
  });
});

describe("routes", () => {
  test("have names of their own unless others are written, and go off with false", () => {
    expect(settingsWith().routes).toEqual({
      login: "/login",
      callback: "/callback",
      backchannelLogout: "/backchannel-logout",
      frontchannelLogout: "/frontchannel-logout",
      logout: "/logout",
      postLogoutRedirect: "/logged-out",
    });
    const routes = { login: "/auth/in", callback: "/auth/cb", logout: false, postLogoutRedirect: false } as const;
    expect(settingsWith({ routes }).routes).toEqual({
      backchannelLogout: "/backchannel-logout",
      frontchannelLogout: "/frontchannel-logout",
      login: "/auth/in",
      callback: "/auth/cb",
      logout: undefined,
      postLogoutRedirect: undefined,
    });
  });

  test.each([
    ["login"],
    ["/a b"],
    ["//evil.example"],
    ["/\\evil"],
    ["/a?b"],
    ["/a#b"],
    ["/a/../b"],
    ["/caf\u00e9"],
    ["https://shop.example/login"],
    [""],
    [7],
    [true],
    [null],
  ])("must be plain paths: %j", (login) => {
    expect(problemsWith({ routes: { login } })).toEqual([
      "routes.login: must be a plain path that begins with one slash, such as /login",
    ]);
  });

  test.each<Wrong>([
    ["a callback that is off", { callback: false }, /^routes\.callback: must be a plain path/],
    ["a name that there is not", { loginn: "/x" }, /^routes\.loginn: there is no such option; did you mean `login`\?$/],
    [
      "one path twice",
      { logout: "/login" },
      /^routes\.logout: is the same path as routes\.login; each route needs its own$/,
    ],
    [
      "a path that another one has by default",
      { login: "/callback" },
      /^routes\.callback: is the same path as routes\.login/,
    ],
    ["a login on the front page", { login: "/" }, /^routes\.login: must not be the front page/],
    ["a callback on the front page", { callback: "/" }, /^routes\.callback: must not be the front page/],
  ])("can't have %s", (_what, routes, problem) => {
    expect(problemsWith({ routes })).toEqual([expect.stringMatching(problem)]);
  });

  test.each([["/login"], [7], [null], [[]], [false]])("must be an object: %j", (routes) => {
    expect(problemsWith({ routes })).toEqual([
      "routes: must be an object with login, callback, logout, postLogoutRedirect, backchannelLogout, frontchannelLogout",
    ]);
  });

  test("may have the front page for those who have logged out", () => {
    expect(problemsWith({ routes: { postLogoutRedirect: "/" } })).toEqual([]);
  });
});
