import { describe, expect, test } from "vitest";
import type { AuthOptions } from "../../../src/options.js";
import { createInstance } from "../../../src/session/instance.js";
import { homeOf, loginUrlOf, returnAddressOf, safeReturnTo } from "../../../src/session/return-address.js";
import type { Visit } from "../../../src/session/visit.js";
import { type Asked, answerTo, requestWith } from "../../support/exchange.js";
import { settingsWith } from "../../support/settings.js";

const mounted = { baseUrl: "https://shop.example/app" };

function visit(asked: Asked, options: AuthOptions = {}, mount = ""): Visit {
  const req = requestWith(asked);
  return { instance: createInstance(settingsWith(options)), req, res: answerTo(req), mount };
}

describe("the page that a person comes back to", () => {
  test.each<[what: string, asked: Asked, options: AuthOptions, mount: string, page: string]>([
    ["the one that was asked for", { url: "/orders?page=2" }, {}, "", "/orders?page=2"],
    ["the same for HEAD", { url: "/orders", method: "HEAD" }, {}, "", "/orders"],
    ["as the browser shows it", { url: "/x", originalUrl: "/app/x" }, mounted, "/app", "/app/x"],
    ["as it was before a proxy cut its path off", { url: "/x?y" }, mounted, "", "/app/x?y"],
    [
      "the page of the form that was posted",
      { method: "POST", url: "/pay", headers: { Referer: "https://shop.example/cart?x" } },
      {},
      "",
      "/cart?x",
    ],
    ["the front page for a form without one", { method: "POST", url: "/pay" }, {}, "", "/"],
    [
      "the front page for a form of another site",
      { method: "POST", url: "/pay", headers: { Referer: "https://evil.example/x" } },
      {},
      "",
      "/",
    ],
    ["the front page below the path of baseUrl", { method: "POST", url: "/pay" }, mounted, "", "/app/"],
    ["the front page where the address begins with two slashes", { url: "//evil.example/x" }, {}, "", "/"],
    ["the front page where the address names another host", { url: "http://evil.example/x" }, {}, "", "/"],
    ["the front page rather than our own login", { url: "/login?returnTo=/x" }, {}, "", "/"],
  ])("is %s", (_what, asked, options, mount, page) => {
    expect(returnAddressOf(visit(asked, options, mount))).toBe(page);
  });
});

describe("an address that came from outside", () => {
  const settings = settingsWith(mounted);

  test.each(["/", "/app/", "/app/orders", "/app/login/help", "/app/loginx", "/elsewhere"])(
    "is taken within this site: %s",
    (path) => expect(safeReturnTo(settings, path)).toBe(path),
  );

  test.each([
    "/app/login",
    "/app/login?returnTo=/app/login",
    "/app/callback?code=x&state=y",
    "/app/logout",
    "/app/logged-out#x",
    "/app/x/../logout",
    "https://shop.example/app/logout",
    "https://evil.example/app/",
    "//evil.example",
    "",
    undefined,
    ["/app/"],
  ])("is not taken where it leads in circles or away: %j", (value) => {
    expect(safeReturnTo(settings, value)).toBeUndefined();
  });

  test("may be what would be our route, where that is off", () => {
    const off = settingsWith({ routes: { logout: false } });
    expect(safeReturnTo(off, "/logout")).toBe("/logout");
  });
});

describe("the address that starts a login", () => {
  test("carries where to go afterwards, and what is asked of the login", () => {
    const url = new URL(loginUrlOf(settingsWith(mounted), "/app/x?y=1&z", { max_age: "60" }) ?? "");
    expect(url.origin + url.pathname).toBe("https://shop.example/app/login");
    expect([...url.searchParams]).toEqual([
      ["returnTo", "/app/x?y=1&z"],
      ["max_age", "60"],
    ]);
  });

  test("is bare where nothing is known", () => {
    expect(loginUrlOf(settingsWith(), undefined)).toBe("https://shop.example/login");
  });

  test("is none where that route is off", () => {
    expect(loginUrlOf(settingsWith({ routes: { login: false } }), "/x")).toBeUndefined();
  });
});

describe("the front page", () => {
  test("lies below the path of baseUrl", () => {
    expect([homeOf(settingsWith()), homeOf(settingsWith(mounted))]).toEqual(["/", "/app/"]);
  });
});
