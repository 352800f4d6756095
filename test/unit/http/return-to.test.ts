import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readReturnTo } from "../../../src/http/return-to.js";
import { anyText } from "../../support/any-text.js";

const origin = "https://shop.example";

const corpus = JSON.parse(
  readFileSync(new URL("../../support/hostile/return-to.json", import.meta.url), "utf8"),
) as Record<string, string[]>;
const kinds = Object.entries(corpus);

const pages = ["/", "/callback?code=x", "/app/login", "/a/b/c/"].map((page) => origin + page);

/** Whether a browser that reads the result as a Location stays on this site, on whatever page, and can be sent it at all. */
function isHarmless(value: string): boolean {
  const path = readReturnTo(value, origin);
  if (path === undefined) return true;
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(path) && pages.every((page) => new URL(path, page).origin === origin);
}

function harmfulAmong(values: readonly string[]): readonly string[] {
  return values.filter((value) => !isHarmless(value));
}

describe("a return address that leads away", () => {
  test("has at least 150 known tricks to be tried with", () => {
    expect(new Set(Object.values(corpus).flat()).size).toBeGreaterThanOrEqual(150);
  });

  test.each(kinds)("stays on this site: %s", (_kind, tricks) => {
    expect(harmfulAmong(tricks)).toEqual([]);
  });

  test.each(kinds)("is refused where the URL parser says that it leads away: %s", (_kind, tricks) => {
    const away = tricks.filter((trick) => URL.canParse(trick, origin) && new URL(trick, origin).origin !== origin);
    expect(away.filter((trick) => readReturnTo(trick, origin) !== undefined)).toEqual([]);
  });

  test.each(kinds)("stays on this site behind a path and before one: %s", (_kind, tricks) => {
    const around = (trick: string) => [
      `/x${trick}`,
      `/x/${trick}`,
      `${trick}/x`,
      `/.${trick}`,
      `.${trick}`,
      `?${trick}`,
    ];
    expect(harmfulAmong(tricks.flatMap(around))).toEqual([]);
  });
});

describe("a return address of any kind", () => {
  test("stays on this site, whatever the text", () => {
    fc.assert(fc.property(anyText(), isHarmless), { numRuns: 2000 });
  });

  test("stays on this site, whatever is put together from what parsers treat apart", () => {
    const part = fc.constantFrom(
      ..."/ \\ // /\\ . .. ; : @ ? # & = % %2f %5c %2e %00 %0d%0a https: http: HTTPS: javascript: data: ws:".split(" "),
      ..."evil.example shop.example shop.example:443 [::1] 127.1 x".split(" "),
      ..."\t \n \r \0 \u00a0 \u200b \u2028 \uff0f \u3002 \ud800".split(" "),
      " ",
    );
    const text = fc.array(part, { maxLength: 9 }).map((parts) => parts.join(""));
    fc.assert(fc.property(text, isHarmless), { numRuns: 5000 });
  });

  test("is refused when it is no text", () => {
    const noText = fc.anything().filter((value) => typeof value !== "string");
    fc.assert(fc.property(noText, (value) => readReturnTo(value, origin) === undefined));
  });

  test("is read again as it was read", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const path = readReturnTo(`/x${text}`, origin);
        return path === undefined || readReturnTo(path, origin) === path;
      }),
    );
  });
});

describe("a return address of this site", () => {
  test.each([
    "/",
    "/orders",
    "/orders/",
    "/orders?page=2&sort=-date",
    "/orders?next=https://evil.example/",
    "/orders?empty=&x",
    "/orders#open",
    "/orders?page=2#/inner//route?x",
    "/a//b",
    "/a/b.c;v=1",
    "/user@example.org",
    "/caf%C3%A9?q=%20%2F%5C",
    "/%2f%2fevil.example",
    "/:colon",
    "/?returnTo=//evil.example",
  ])("comes back as it was: %s", (path) => {
    expect(readReturnTo(path, origin)).toBe(path);
  });

  test.each([
    ["an absolute URL of this site", "https://shop.example/orders?x=1#y", "/orders?x=1#y"],
    ["its default port", "https://shop.example:443/orders", "/orders"],
    ["capitals in its host", "https://SHOP.example/Orders", "/Orders"],
    ["a user name before its host", "https://user:pass@shop.example/orders", "/orders"],
    ["a relative path", "orders", "/orders"],
    ["only a query", "?page=2", "/?page=2"],
    ["letters of any language", "/caf\u00e9?q=\u6771", "/caf%C3%A9?q=%E6%9D%B1"],
    ["dots", "/a/../b/./c", "/b/c"],
    ["a line break", "/a\n/b", "/a/b"],
    ["a space", "/a b", "/a%20b"],
  ])("is spelled as browsers spell it: %s", (_what, value, path) => {
    expect(readReturnTo(value, origin)).toBe(path);
  });

  test("is known by its port where the site has one", () => {
    expect(readReturnTo("http://localhost:3000/x", "http://localhost:3000")).toBe("/x");
    expect(readReturnTo("http://localhost:3001/x", "http://localhost:3000")).toBeUndefined();
  });

  test("is not kept when it is empty or too long for the login attempt's cookie", () => {
    expect(readReturnTo("", origin)).toBeUndefined();
    expect(readReturnTo(`/${"x".repeat(1499)}`, origin)).toHaveLength(1500);
    expect(readReturnTo(`/${"x".repeat(1500)}`, origin)).toBeUndefined();
  });

  test("is not kept when it becomes too long by being spelled as browsers spell it", () => {
    expect(readReturnTo(`/${"\u6771".repeat(400)}`, origin)).toBeUndefined();
  });
});
