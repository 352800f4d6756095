import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { challengeHeader, isQuotable } from "../../../src/http/challenge.js";
import { anyText } from "../../support/any-text.js";

describe("the header WWW-Authenticate", () => {
  test("is a bare scheme where there is nothing to say", () => {
    expect(challengeHeader([{ scheme: "Bearer", params: {} }])).toBe("Bearer");
    expect(challengeHeader([{ scheme: "Bearer", params: { realm: undefined, scope: undefined } }])).toBe("Bearer");
  });

  test("says what is said, in its order, and leaves out what is not", () => {
    const params = { realm: "orders", error: undefined, scope: "read write", max_age: "0" };
    expect(challengeHeader([{ scheme: "Bearer", params }])).toBe(
      'Bearer realm="orders", scope="read write", max_age="0"',
    );
  });

  test("holds several challenges", () => {
    const two = [
      { scheme: "DPoP", params: { algs: "ES256" } },
      { scheme: "Bearer", params: {} },
    ] as const;
    expect(challengeHeader(two)).toBe('DPoP algs="ES256", Bearer');
  });

  test("is whole, however long", () => {
    const scope = "urn:example:".repeat(500);
    expect(challengeHeader([{ scheme: "Bearer", params: { scope } }])).toBe(`Bearer scope="${scope}"`);
  });

  test("keeps to the letters that RFC 6750 allows, whatever it is to say", () => {
    const property = fc.property(anyText(), (text) => {
      const header = challengeHeader([{ scheme: "Bearer", params: { error_description: text } }]);
      expect(header).toMatch(/^Bearer error_description="[\x20\x21\x23-\x5b\x5d-\x7e]*"$/);
      expect(header.length).toBe(text.length + 'Bearer error_description=""'.length);
    });
    fc.assert(property);
  });
});

describe("a text that may stand in a challenge", () => {
  test.each(["", "orders", "a b, c=d; (e) 'f'!", "urn:example:1"])("is %o", (text) => {
    expect(isQuotable(text)).toBe(true);
  });

  test.each(['"', "a\\", "\u00e9", "a\r\nb", "\t", "\x7f", "\0"])("is not %o", (text) => {
    expect(isQuotable(text)).toBe(false);
  });
});
