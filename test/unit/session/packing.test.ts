import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pack, unpack } from "../../../src/session/packing.js";
import { anyText } from "../../support/any-text.js";

const jwt = [60, 600, 256].map((length) => randomBytes(length).toString("base64url")).join(".");

describe("a packed text", () => {
  test("comes out as it went in, whatever it says", () => {
    const run = fc.string({ unit: fc.constantFrom("A", "b", "0", "_", "-"), minLength: 50, maxLength: 90 });
    const said = fc.array(fc.oneof(anyText(), run)).map((parts) => JSON.stringify({ said: parts.map(String) }));
    fc.assert(fc.property(said, (text) => unpack(pack(text)) === text));
  });

  test("of any length of token comes out as it went in", () => {
    for (let length = 60; length < 80; length += 1) {
      const text = `{"a":"${"x".repeat(length)}","b":"${"_".repeat(length)}"}`;
      expect(unpack(pack(text))).toBe(text);
    }
  });

  test("of tokens is a quarter shorter", () => {
    const text = JSON.stringify({ accessToken: jwt, idToken: jwt });
    expect(pack(text).length).toBeLessThan(text.length * 0.78);
  });
});
