import { describe, expect, test } from "vitest";
import { readReturnTo } from "../../../src/http/return-to.js";
import { comparableUrl } from "../../../src/http/target-url.js";
import { isWebUrl } from "../../../src/settings/checks.js";

// Letters that are one byte each in memory. Read as UTF-8 the first are broken, and the second another letter, which hosts may have.
const known = "https://caf\u00e9.example/";
const unknown = "https://\u00c3\u009f.example/";

describe("whether a text is a URL", () => {
  test("is said alike the first time and the ten thousandth, when all is compiled", () => {
    const seen = new Set<string>();
    for (let count = 0; count < 10_000; count += 1) {
      const answers = [
        isWebUrl(known),
        isWebUrl(unknown),
        comparableUrl(unknown),
        readReturnTo(unknown, "https://shop.example"),
      ];
      seen.add(answers.join());
    }
    expect([...seen]).toEqual(["true,false,,"]);
  });
});
