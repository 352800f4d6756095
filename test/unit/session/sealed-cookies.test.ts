import { describe, expect, test } from "vitest";
import { createSealedCookies } from "../../../src/session/sealed-cookies.js";
import { CookieJar } from "../../support/cookie-jar.js";
import { answerTo } from "../../support/exchange.js";
import { otherSecret, settingsWith } from "../../support/settings.js";

const settings = settingsWith();
const cookies = createSealedCookies(settings);

function jarWith(notes: Readonly<Record<string, unknown>>): CookieJar {
  const jar = new CookieJar();
  const res = answerTo(jar.request());
  for (const [name, value] of Object.entries(notes)) cookies.set(res, name, { value, seconds: 60 });
  jar.take(res);
  return jar;
}

describe("a sealed cookie", () => {
  test.each([["text"], [true], [{ a: ["b", 1, null] }]])("comes back as it was: %j", (value) => {
    expect(cookies.get(jarWith({ note: value }).request(), "note")).toEqual(value);
  });

  test("is absent where it was not set", () => {
    expect(cookies.get(new CookieJar().request(), "note")).toBeUndefined();
  });

  test("is gone when it is cleared", () => {
    const jar = jarWith({ note: 1, other: 2 });
    const res = answerTo(jar.request());
    cookies.clear(res, "note");
    jar.take(res);
    expect([cookies.get(jar.request(), "note"), cookies.get(jar.request(), "other")]).toEqual([undefined, 2]);
  });

  test("can't stand in for another one", () => {
    const jar = jarWith({ note: "value" });
    const [name = ""] = jar.names();
    jar.plant(name.replace(/note$/, "other"), jar.header().slice(name.length + 1));
    expect(cookies.get(jar.request(), "other")).toBeUndefined();
  });

  test.each(["", "x", "a.b.c.d.e", "%zz", "....", "\u00ff"])("that somebody made up is none: %j", (value) => {
    const jar = jarWith({ note: 1 });
    const [name = ""] = jar.names();
    jar.plant(name, value);
    expect(cookies.get(jar.request(), "note")).toBeUndefined();
  });

  test("is none once its secret has left the list", () => {
    const later = createSealedCookies({ ...settings, secrets: [otherSecret] });
    expect(later.get(jarWith({ note: 1 }).request(), "note")).toBeUndefined();
  });

  test("is listed by the form of its name, with what it holds and weighs", () => {
    const jar = jarWith({ "login-a": 1, "login-b": 2, logout: 3 });
    const list = cookies.list(jar.request(), /^login-/);
    expect(list.map(({ name, value }) => [name, value])).toEqual([
      ["login-a", 1],
      ["login-b", 2],
    ]);
    const alone = jarWith({ "login-a": 1, "login-b": 2 }).header().length;
    expect(list.reduce((sum, { weight }) => sum + weight, 0)).toBe(alone + 2);
  });
});
