import { describe, expect, test } from "vitest";
import { findViolations, maxCodeLines } from "./house-rules.js";
import { readTypeScript } from "./source-tree.js";

describe("the source", () => {
  test("keeps every rule of the house", () => {
    expect(findViolations(readTypeScript("src"))).toEqual([]);
  });
});

describe("the judge of the rules", () => {
  const rooms = {
    "src/errors.ts": "export class OidcError extends Error {}",
    "src/trace.ts": "export const trace = 1;",
    "src/http/reply.ts":
      'import { OidcError } from "../errors.js"; import { trace } from "../trace.js"; export const reply = [OidcError, trace];',
    "src/provider/keys.ts": 'import * as jose from "jose"; export const keys = jose;',
    "src/session/session-carrier.ts": "export const carry = (req: { session: string }) => req.session;",
    "src/guards/require-auth.ts": "export const guard = 1;",
    "src/routes/login.ts": "export const login = 1;",
    "src/state/port.ts": "export interface SharedState { get: unknown }",
    "src/redis.ts": 'import { OidcError } from "./errors.js"; import type { SharedState } from "./state/port.js";',
    "src/testing.ts": 'import type { SharedState } from "./state/port.js";',
    "src/index.ts": 'export { guard } from "./guards/require-auth.js";',
  };

  test("finds nothing in a house that keeps them", () => {
    expect(findViolations(rooms)).toEqual([]);
  });

  test.each([
    [
      "an import to the right",
      "src/http/x.ts",
      'import { keys } from "../provider/keys.js";',
      "http and provider must flow the other way",
    ],
    [
      "an import of a type to the right",
      "src/http/x.ts",
      'import type { K } from "../provider/keys.js";',
      "must flow the other way",
    ],
    [
      "an inline import of a type",
      "src/http/x.ts",
      'type K = import("../provider/keys.js").K;',
      "must flow the other way",
    ],
    ["an import at run time", "src/http/x.ts", 'void import("../provider/keys.js");', "must flow the other way"],
    ["a re-export to the right", "src/http/x.ts", 'export * from "../provider/keys.js";', "must flow the other way"],
    [
      "a guard that imports a route",
      "src/guards/x.ts",
      'import "../routes/login.js";',
      "guards and routes lie on the same step",
    ],
    [
      "a route that imports a guard",
      "src/routes/x.ts",
      'import "../guards/require-auth.js";',
      "routes and guards lie on the same step",
    ],
    [
      "an error that imports something of ours",
      "src/errors.ts",
      'import "./trace.js";',
      "errors may import nothing of ours",
    ],
    [
      "a trace that imports something of ours",
      "src/trace.ts",
      'import "./errors.js";',
      "trace may import nothing of ours",
    ],
    [
      "an entry for Redis that loads more than it needs",
      "src/redis.ts",
      'import { reply } from "./http/reply.js";',
      "redis may import only errors, state",
    ],
    [
      "an entry for tests that loads a type of the rest",
      "src/testing.ts",
      'import type { K } from "./provider/keys.js";',
      "testing may import only state",
    ],
    ["a file that does not exist", "src/http/x.ts", 'import "./y.js";', "which is no file in src"],
    ["a room that is not on the list", "src/utils/x.ts", 'import "../errors.js";', "does not know: utils"],
    ["openid-client outside provider", "src/session/x.ts", 'import "openid-client";', "only provider may"],
    ["jose outside provider, as a type", "src/session/x.ts", 'import type { JWK } from "jose";', "only provider may"],
    ["a part of jose outside provider", "src/session/x.ts", 'import "jose/jwt/verify";', "only provider may"],
    ["Express in src", "src/auth.ts", 'import type { Request } from "express";', "nothing in src may"],
    [
      "sealing outside session",
      "src/state/x.ts",
      'import { createCipheriv } from "node:crypto";',
      "sealing belongs to src/session",
    ],
    [
      "opening outside session",
      "src/state/x.ts",
      'import crypto from "node:crypto"; crypto.createDecipheriv;',
      "sealing belongs to src/session",
    ],
    [
      "a question that Node may answer wrongly",
      "src/http/x.ts",
      "export const f = (text: string) => URL.canParse(text);",
      "ask parsedUrl()",
    ],
    [
      "a second file on the session",
      "src/routes/x.ts",
      "export const f = (req: R) => req.session;",
      "only src/session/session-carrier.ts may",
    ],
    [
      "a session behind a cast",
      "src/routes/x.ts",
      "export const f = (req: R) => (req as S)?.session;",
      "only src/session/session-carrier.ts may",
    ],
    [
      "a session in brackets",
      "src/context.ts",
      'export class C { #req = 1; f() { return this.#req["session"]; } }',
      "only src/session/session-carrier.ts may",
    ],
    [
      "a session taken apart",
      "src/context.ts",
      "function f(request: R) { const { session } = request; return session; }",
      "only src/session/session-carrier.ts may",
    ],
    [
      "a look for a session",
      "src/context.ts",
      'export const f = (req: object) => "session" in req;',
      "only src/session/session-carrier.ts may",
    ],
    [
      "a variable of the module",
      "src/auth.ts",
      "let count = 0; export const next = () => ++count;",
      "module-level let count",
    ],
    ["a map of the module", "src/auth.ts", "const cache = new Map<string, string>();", "module-level Map cache"],
    [
      "an exported set of the module",
      "src/auth.ts",
      "export const seen: Set<string> = new Set();",
      "module-level Set seen",
    ],
    ["a weak map of the module", "src/auth.ts", "const contexts = new WeakMap();", "module-level WeakMap contexts"],
    ["a file that is too long", "src/auth.ts", "void 0;\n".repeat(maxCodeLines + 1), "201 lines of code"],
  ])("finds %s", (_what, path, text, rule) => {
    const violations = findViolations({ ...rooms, [path]: text });
    expect(violations).toEqual([expect.stringContaining(rule)]);
    expect(violations[0]).toContain(path);
  });

  test("finds files of one room that import in a circle", () => {
    const circle = { "src/http/a.ts": 'import "./b.js";', "src/http/b.ts": 'import type { A } from "./a.js";' };
    expect(findViolations(circle)).toEqual(["src/http/a.ts -> src/http/b.ts -> src/http/a.ts: imports in a circle"]);
  });

  test("lets a file be long in comments and blank lines", () => {
    const text = "// a word\n\n/**\n * and another\n */\n".repeat(100);
    expect(findViolations({ "src/errors.ts": text })).toEqual([]);
  });

  test("lets a module have a fixed table", () => {
    const text =
      'const names: ReadonlySet<string> = new Set(["a"]); export const has = (name: string) => names.has(name);';
    expect(findViolations({ "src/errors.ts": text })).toEqual([]);
  });

  test("lets options and settings have a member called session", () => {
    const text = "export const f = (options: { session: string }) => options.session;";
    expect(findViolations({ "src/settings.ts": text })).toEqual([]);
  });
});
