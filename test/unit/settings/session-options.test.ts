import session from "express-session";
import { describe, expect, test } from "vitest";
import type { AuthOptions } from "../../../src/options.js";
import { problemsWith } from "../../support/problems.js";
import { settingsWith } from "../../support/settings.js";
import { createFileStore, TextStore } from "../../support/stores.js";

type Wrong = [what: string, options: object, problem: RegExp];

describe("session", () => {
  test.each<[what: string, options: AuthOptions, name: RegExp]>([
    ["bound to this host on https", {}, /^__Host-oidc-session-[\w-]{8}$/],
    ["plain on http", { baseUrl: "http://localhost:3000" }, /^oidc-session-[\w-]{8}$/],
    [
      "bound to https where sub-domains share it",
      { session: { cookie: { domain: "shop.example" } } },
      /^__Secure-oidc-/,
    ],
    [
      "bound to https where it has a path",
      { baseUrl: "https://shop.example/app", session: { cookie: { path: "/app" } } },
      /^__Secure-oidc-/,
    ],
    ["named by the app", { session: { name: "connect.sid" } }, /^__Host-connect\.sid$/],
    [
      "plain on http with a domain",
      { baseUrl: "http://localhost:3000", session: { cookie: { domain: "localhost" } } },
      /^oidc-session-/,
    ],
  ])("has a cookie that is %s", (_what, options, name) => {
    expect(settingsWith(options).session.cookieName).toMatch(name);
  });

  test("has a cookie of its own for each instance on one host", () => {
    const names = ["one", "two"].map((clientId) => settingsWith({ clientId }).session.cookieName);
    expect(new Set(names).size).toBe(2);
  });

  test.each([
    ["MemoryStore", new session.MemoryStore()],
    ["a class", new TextStore()],
    ["an object", createFileStore()],
  ])("takes any store: %s", (_what, store) => expect(settingsWith({ session: { store } }).session.store).toBe(store));

  test.each<Wrong>([
    [
      "a store that is none",
      { store: {} },
      /^session\.store: must be an express-session store: an object with get, set and destroy$/,
    ],
    [
      "a store that lacks a verb",
      { store: { get() {}, set() {} } },
      /^session\.store: must be an express-session store/,
    ],
    ["a class instead of a store", { store: session.MemoryStore }, /^session\.store: must be an express-session store/],
    ["a store that is null", { store: null }, /^session\.store: must be an express-session store/],
    ["a name with a space", { name: "a b" }, /^session\.name: must consist of letters, digits, dots, - and _$/],
    ["an empty name", { name: "" }, /^session\.name: must consist/],
    ["a name that is none", { name: 7 }, /^session\.name: must consist/],
    [
      "sameSite in other words",
      { cookie: { sameSite: "Lax" } },
      /^session\.cookie\.sameSite: must be "lax", "strict" or "none"$/,
    ],
    ["an empty path", { cookie: { path: "" } }, /^session\.cookie\.path: must be a path/],
    ["a path that is none", { cookie: { path: 7 } }, /^session\.cookie\.path: must be a path/],
    ["a path without a slash", { cookie: { path: "app" } }, /^session\.cookie\.path: must be a path/],
    ["a domain that is none", { cookie: { domain: 7 } }, /^session\.cookie\.domain: must be/],
    ["a domain that no cookie can have", { cookie: { domain: "a;b" } }, /^session\.cookie\.domain: must be/],
    [
      "a cookie that scripts can read",
      { cookie: { httpOnly: false } },
      /^session\.cookie\.httpOnly: must not be false/,
    ],
    [
      "a cookie that is sent without TLS",
      { cookie: { secure: false } },
      /^session\.cookie\.secure: must not be false on/,
    ],
    [
      "a cookie that lives for less than a minute",
      { cookie: { maxAge: 59_999 } },
      /^session\.cookie\.maxAge: must be mill/,
    ],
    [
      "a cookie without an end",
      { cookie: { maxAge: Number.POSITIVE_INFINITY } },
      /^session\.cookie\.maxAge: must be mill/,
    ],
    ["a life that is a text", { cookie: { maxAge: "60000" } }, /^session\.cookie\.maxAge: must be mill/],
    [
      "an attribute that there is not",
      { cookie: { samesite: "lax" } },
      /^session\.cookie\.samesite: .* did you mean `sameSite`/,
    ],
    ["a priority that there is not", { cookie: { priority: "highest" } }, /^session\.cookie\.priority: must be/],
    ["a partition that is none", { cookie: { partitioned: "yes" } }, /^session\.cookie\.partitioned: must be/],
    ["a cookie that is none", { cookie: "lax" }, /^session\.cookie: must be an object with domain, path, sameSite, /],
    ["a name with a typing error", { stroe: {} }, /^session\.stroe: there is no such option; did you mean `store`\?$/],
    ["a secret that is empty", { secret: "" }, /^session\.secret: must/],
    ["an empty list of secrets", { secret: [] }, /^session\.secret: must/],
    ["ids from what is no function", { genid: "uuid" }, /^session\.genid: must be a function/],
    ["an end that express-session does not know", { unset: "remove" }, /^session\.unset: must be/],
    ["a switch that is none", { rolling: "yes" }, /^session\.rolling: must be true or false/],
    ["a rule for what to keep that is none", { keep: ["cart"] }, /^session\.keep: must be true, false, or a function/],
  ])("can't have %s", (_what, options, problem) => {
    expect(problemsWith({ session: options })).toEqual([expect.stringMatching(problem)]);
  });

  test("can't be Secure without https", () => {
    const options = { baseUrl: "http://localhost:3000", session: { cookie: { secure: true } } };
    expect(problemsWith(options)).toEqual([
      expect.stringMatching(/^session\.cookie\.secure: true needs an https `baseU/),
    ]);
    expect(problemsWith({ session: { cookie: { secure: true, httpOnly: true } } })).toEqual([]);
  });

  test("can't be sent to other sites without https", () => {
    const options = { baseUrl: "http://localhost:3000", session: { cookie: { sameSite: "none" } } };
    expect(problemsWith(options)).toEqual([expect.stringMatching(/^session\.cookie\.sameSite: "none" needs an https/)]);
    expect(problemsWith({ session: { cookie: { sameSite: "none" } } })).toEqual([]);
  });

  test.each([true, false, () => ({})])("keeps what it is told to keep: %s", (keep) => {
    expect(settingsWith({ session: { keep } }).session.keep).toBe(keep);
  });
});
