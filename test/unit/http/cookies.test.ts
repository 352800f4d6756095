import { describe, expect, test } from "vitest";
import { cookiesOf, replaceCookie, setCookie } from "../../../src/http/cookies.js";
import { answerTo, requestWith, setCookiesOf } from "../../support/exchange.js";

describe("the cookies of a request", () => {
  test.each([
    ["none", undefined, {}],
    ["an empty header", "", {}],
    ["one", "a=b", { a: "b" }],
    ["several", "a=b; c=d;e=f", { a: "b", c: "d", e: "f" }],
    ["one that is sent twice counts as its first", "a=b; a=c", { a: "b" }],
    ["rubbish between them", "a=b; ; =; x; c=d", { a: "b", "": "", c: "d" }],
    ["bad percent-encoding", "a=%zz", { a: "%zz" }],
  ])("are read by name: %s", (_what, cookie, expected) => {
    const cookies = cookiesOf(requestWith({ headers: { cookie } }));
    expect({ ...cookies }).toEqual(expected);
  });

  test("have no names but those that were sent", () => {
    const cookies = cookiesOf(requestWith({ headers: { cookie: "__proto__=x; a=b" } }));
    expect(Object.keys(cookies)).toEqual(["__proto__", "a"]);
    expect(cookies["constructor"]).toBeUndefined();
  });
});

describe("a cookie that is set", () => {
  test("is too late for an answer that has begun, and breaks nothing", () => {
    const res = answerTo(requestWith());
    res.writeHead(200);
    expect(() => setCookie(res, { name: "a", value: "b" })).not.toThrow();
  });

  test("stands beside those that were set before", () => {
    const res = answerTo(requestWith());
    res.setHeader("Set-Cookie", "app=1");
    setCookie(res, { name: "a", value: "b c", path: "/", httpOnly: true, secure: true, sameSite: "lax", maxAge: 60 });
    setCookie(res, { name: "c", value: "" });
    expect(setCookiesOf(res)).toEqual(["app=1", "a=b%20c; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax", "c="]);
  });
});

describe("a cookie that is set in place of itself", () => {
  test("is said once in an answer, the last word, beside what else is set there", () => {
    const res = answerTo(requestWith());
    replaceCookie(res, { name: "a", value: "1" });
    setCookie(res, { name: "ab", value: "2" });
    replaceCookie(res, { name: "a", value: "3", maxAge: 60 });
    expect(setCookiesOf(res)).toEqual(["ab=2", "a=3; Max-Age=60"]);
  });

  test("takes the place of a single one, and joins one that the app has set as a text", () => {
    const res = answerTo(requestWith());
    res.setHeader("Set-Cookie", "app=1");
    replaceCookie(res, { name: "a", value: "1" });
    expect(setCookiesOf(res)).toEqual(["app=1", "a=1"]);
    res.setHeader("Set-Cookie", "a=1");
    replaceCookie(res, { name: "a", value: "2" });
    expect(setCookiesOf(res)).toEqual(["a=2"]);
  });

  test("is too late for an answer that has begun, and breaks nothing", () => {
    const res = answerTo(requestWith());
    res.writeHead(200);
    expect(() => replaceCookie(res, { name: "a", value: "b" })).not.toThrow();
  });
});
