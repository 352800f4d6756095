import { wildcardScope } from "express-oidc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

describe("a granted scope with wildcards", () => {
  test.each([
    ["book:read", "book:read"],
    ["book:*:read", "book:42:read"],
    ["book:*", "book:42"],
    ["book:*", "book:42:read"],
    ["book:*:*", "book:42:read:now"],
    ["*", "book"],
    ["*", "book:42:read"],
    ["*:42:read", "book:42:read"],
    ["book:*:read", "book:*:read"],
    ["book:*", "book:*:read"],
    ["", ""],
  ])("%o covers %o", (granted, needed) => {
    expect(wildcardScope(granted, needed)).toBe(true);
  });

  test.each([
    ["book:read", "book:write"],
    ["book:read", "Book:read"],
    ["book", "book:read"],
    ["book:read", "book"],
    ["book:*:read", "book:read"],
    ["book:*:read", "book:42:write"],
    ["book:*:read", "book:42:read:now"],
    ["book:*:read", "book:4:2:read"],
    ["book:*", "book"],
    ["book:*", "books:42"],
    ["book:4*", "book:42"],
    ["b*", "book"],
    ["book:42:read", "book:*:read"],
    ["book:42", "*"],
    ["", "book"],
    ["book", ""],
  ])("%o does not cover %o", (granted, needed) => {
    expect(wildcardScope(granted, needed)).toBe(false);
  });

  const part = fc.constantFrom("book", "42", "read", "a.b", "(x)", "$");
  const scope = fc.array(part, { minLength: 1, maxLength: 5 });

  test("covers itself, and each scope in which any parts of it stand for wildcards", () => {
    const property = fc.property(scope, fc.nat({ max: 31 }), (parts, which) => {
      const granted = parts.map((one, at) => ((which >> at) & 1 ? "*" : one)).join(":");
      expect(wildcardScope(granted, parts.join(":"))).toBe(true);
    });
    fc.assert(property);
  });

  test("without a wildcard covers nothing else", () => {
    const property = fc.property(scope, scope, (granted, needed) => {
      expect(wildcardScope(granted.join(":"), needed.join(":"))).toBe(granted.join(":") === needed.join(":"));
    });
    fc.assert(property);
  });
});
