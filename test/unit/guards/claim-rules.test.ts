import { describe, expect, test } from "vitest";
import { type ClaimRules, meets } from "../../../src/guards/claim-rules.js";
import type { Claims } from "../../../src/options.js";

const ada: Claims = {
  iss: "https://id.example",
  sub: "ada",
  email_verified: true,
  level: 3,
  team: "blue",
  empty: "",
  roles: ["buyer", "admin"],
  numbers: [1, 2],
  none: [],
  address: { country: "GB" },
  nothing: null,
};

type Row = [what: string, rules: ClaimRules];

const met: Row[] = [
  ["no rule at all", {}],
  ["equal to a text", { team: "blue" }],
  ["equal to a number", { level: 3 }],
  ["equal to a boolean", { email_verified: true }],
  ["equal to an empty text", { empty: "" }],
  ["one of a list", { team: ["red", "blue"] }],
  ["a list that contains it", { roles: "admin" }],
  ["a list that contains one of a list", { roles: ["owner", "buyer"] }],
  ["a list of numbers", { numbers: 2 }],
  ["what a function says", { level: (value) => typeof value === "number" && value > 2 }],
  ["a function that sees an object", { address: (value) => JSON.stringify(value).includes("GB") }],
  ["a function that sees null", { nothing: (value) => value === null }],
  ["several rules", { team: "blue", roles: "buyer", level: [1, 2, 3] }],
  ["one function for all", (claims) => claims.sub === "ada" && claims["team"] === "blue"],
];

const unmet: Row[] = [
  ["another text", { team: "red" }],
  ["a part of it", { team: "blu" }],
  ["other capitals", { team: "Blue" }],
  ["a text where there is a number", { level: "3" }],
  ["a number where there is a text", { team: 0 }],
  ["true where there is a text", { team: true }],
  ["false where it is true", { email_verified: false }],
  ["none of a list", { team: ["red", "green"] }],
  ["an empty list, which nobody is in", { team: [] }],
  ["not in the claim's list", { roles: "owner" }],
  ["a part of a member of the claim's list", { roles: "admi" }],
  ["the claim's list is empty", { none: "x" }],
  ["nothing in common with the claim's list", { roles: ["a", "b"] }],
  ["a claim that is not there", { missing: "x" }],
  ["a claim that is not there, and a function that takes anything", { missing: () => true }],
  ["an object is equal to nothing", { address: "GB" }],
  ["null is equal to nothing", { nothing: "null" }],
  ["a function that says no", { team: () => false }],
  ["a function that says something else than true", { team: (() => "yes") as unknown as () => boolean }],
  ["a function that promises, which is not waited for", { team: (async () => true) as unknown as () => boolean }],
  ["one of two rules", { team: "blue", level: 4 }],
  ["one function for all says no", () => false],
  ["one function for all that promises", (async () => true) as unknown as () => boolean],
];

describe("the claims of a person", () => {
  test.each(met)("meet the rules: %s", (_what, rules) => {
    expect(meets(ada, rules)).toBe(true);
  });

  test.each(unmet)("do not meet the rules: %s", (_what, rules) => {
    expect(meets(ada, rules)).toBe(false);
  });

  test.each(["constructor", "toString", "hasOwnProperty", "__proto__", "valueOf", "isPrototypeOf"])(
    "have no %s, though every object has one",
    (name) => {
      const rules: ClaimRules = Object.fromEntries([[name, () => true]]);
      expect(meets(ada, rules)).toBe(false);
    },
  );

  test("may be named like a member of every object", () => {
    const claims = JSON.parse('{"iss":"x","sub":"y","__proto__":"a","constructor":"b"}') as Claims;
    expect(meets(claims, JSON.parse('{"__proto__":"a","constructor":"b"}') as ClaimRules)).toBe(true);
    expect(meets(claims, JSON.parse('{"__proto__":"b"}') as ClaimRules)).toBe(false);
  });

  test("are not met where a rule throws: the guard passes the error on", () => {
    const broken = () => {
      throw new Error("rule");
    };
    expect(() => meets(ada, { team: broken })).toThrow("rule");
  });
});
