import { hkdfSync } from "node:crypto";
import fc from "fast-check";
import { CompactEncrypt, compactDecrypt } from "jose";
import { describe, expect, test } from "vitest";
import { createSealer, deriveSecrets, type Purpose } from "../../../src/session/sealing.js";
import { anyText } from "../../support/any-text.js";
import { otherSecret, secret } from "../../support/settings.js";

const sealer = createSealer([secret], "login");

/** The key of a purpose, derived as the documentation says. */
function keyOf(of: string, purpose: Purpose | "login kid" = "login", length = 32): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", of, "", `express-oidc v1 ${purpose}`, length));
}

const kid = Buffer.from(keyOf(secret, "login kid", 6)).toString("base64url");

/** Every text that differs from this one in a single character. */
function flipped(text: string, at: number): string {
  const other = text[at] === "A" ? "B" : "A";
  return text.slice(0, at) + other + text.slice(at + 1);
}

describe("a sealed text", () => {
  test("opens under its name, whatever it says", () => {
    const text = anyText().map((any) => Buffer.from(any).toString());
    fc.assert(fc.property(text, text, (name, said) => sealer.open(name, sealer.seal(name, said)) === said));
  });

  test("does not show what it says", () => {
    const sealed = sealer.seal("name", "a secret that nobody may read");
    const shown = sealed.split(".").map((part) => Buffer.from(part, "base64url").toString("latin1"));
    expect(shown.join("|")).not.toContain("secret");
    expect(JSON.parse(shown[0] ?? "")).toEqual({ alg: "dir", enc: "A256GCM", kid, name: "name" });
  });

  test("is never the same twice", () => {
    const sealed = Array.from({ length: 100 }, () => sealer.seal("name", "text").split(".")[2]);
    expect(new Set(sealed).size).toBe(100);
  });

  test("is fit for a cookie", () => {
    expect(sealer.seal("name", "\u6771;, \r\n")).toMatch(/^[\w.-]+$/);
  });
});

describe("a sealed text and the standard (RFC 7516)", () => {
  test("ours is opened by jose, with the key that HKDF makes of the secret", async () => {
    const { plaintext, protectedHeader } = await compactDecrypt(sealer.seal("name", "caf\u00e9"), keyOf(secret));
    expect(Buffer.from(plaintext).toString()).toBe("caf\u00e9");
    expect(protectedHeader).toEqual({ alg: "dir", enc: "A256GCM", kid, name: "name" });
  });

  test("jose's is opened by ours", async () => {
    const sealed = await new CompactEncrypt(new TextEncoder().encode("caf\u00e9"))
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid, name: "name" })
      .encrypt(keyOf(secret));
    expect(sealer.open("name", sealed)).toBe("caf\u00e9");
  });

  test("jose's with the key of another secret is refused, though its header says ours", async () => {
    const sealed = await new CompactEncrypt(new TextEncoder().encode("text"))
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid, name: "name" })
      .encrypt(keyOf(otherSecret));
    expect(sealer.open("name", sealed)).toBeUndefined();
  });
});

describe("a sealed text is refused", () => {
  const sealed = sealer.seal("name", "a text");

  test("under another name", () => {
    for (const name of ["", "nam", "name ", "Name", "other"]) expect(sealer.open(name, sealed)).toBeUndefined();
  });

  test("for another purpose", () => {
    expect(createSealer([secret], "cookie").open("name", sealed)).toBeUndefined();
  });

  test("with the key of another purpose, even where the header is made to fit", async () => {
    const forged = await new CompactEncrypt(new TextEncoder().encode("text"))
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid, name: "name" })
      .encrypt(keyOf(secret, "cookie"));
    expect(sealer.open("name", forged)).toBeUndefined();
  });

  test("when any single character is another one", () => {
    expect(openedAmong((at) => flipped(sealed, at))).toEqual([]);
  });

  test("when a character is missing anywhere", () => {
    expect(openedAmong((at) => sealed.slice(0, at) + sealed.slice(at + 1))).toEqual([]);
  });

  test.each(["A", "-", ".", "=", " ", "\0"])("when %j is added anywhere", (character) => {
    expect(openedAmong((at) => sealed.slice(0, at) + character + sealed.slice(at))).toEqual([]);
  });

  test("when its tag is cut short", () => {
    const [header, , iv, text, tag = ""] = sealed.split(".");
    const bytes = Buffer.from(tag, "base64url");
    for (let length = 0; length < 16; length++) {
      const short = bytes.subarray(0, length).toString("base64url");
      expect(sealer.open("name", `${header}..${iv}.${text}.${short}`)).toBeUndefined();
    }
  });

  test("when it takes a part from another one", () => {
    const other = sealer.seal("name", "another text").split(".");
    for (const at of [2, 3, 4]) {
      const parts = sealed.split(".");
      parts[at] = other[at] ?? "";
      expect(sealer.open("name", parts.join("."))).toBeUndefined();
    }
  });

  test.each([
    ["nothing", ""],
    ["dots", "...."],
    ["too few parts", sealed.split(".").slice(0, 4).join(".")],
    ["too many parts", `${sealed}.x`],
    ["an encrypted key", sealed.replace("..", ".x.")],
    ["a header that is no JSON", `x..${sealed.split("..")[1]}`],
    ["a header that is a list", `${base64url([])}..${sealed.split("..")[1]}`],
    ["a header that is null", `${base64url(null)}..${sealed.split("..")[1]}`],
    ["a header without a key's name", `${base64url({ name: "name" })}..${sealed.split("..")[1]}`],
    ["a header without a name", `${base64url({ kid })}..${sealed.split("..")[1]}`],
  ])("when it is %s", (_what, text) => {
    expect(sealer.open("name", text)).toBeUndefined();
  });

  test("when it is anything else, and never throws", () => {
    const part = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString("base64url"));
    const five = fc.array(part, { minLength: 5, maxLength: 5 }).map((parts) => parts.join("."));
    fc.assert(fc.property(fc.oneof(anyText(), five), (text) => !opens(text)));
  });

  function opens(text: string): boolean {
    return sealer.open("name", text) !== undefined;
  }

  /** Which changes are let through. A change that base64url does not show in the bytes is none. */
  function openedAmong(change: (at: number) => string): readonly string[] {
    const changed = Array.from(sealed, (_, at) => change(at));
    return changed.filter((text) => bytesOf(text) !== bytesOf(sealed) && opens(text));
  }
});

/** The header as it stands, for it is authenticated so; the other parts as bytes. */
function bytesOf(sealed: string): string {
  const [header, ...parts] = sealed.split(".");
  return [header, ...parts.map((part) => Buffer.from(part, "base64url").toString("hex"))].join(".");
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

describe("a list of secrets", () => {
  const old = createSealer([secret], "login").seal("name", "text");
  const rotated = createSealer([otherSecret, secret], "login");

  test("opens what the older one has sealed", () => {
    expect(rotated.open("name", old)).toBe("text");
  });

  test("seals with the newest one", () => {
    const sealed = rotated.seal("name", "text");
    expect(createSealer([otherSecret], "login").open("name", sealed)).toBe("text");
    expect(createSealer([secret], "login").open("name", sealed)).toBeUndefined();
  });

  test("no longer opens what a removed one has sealed", () => {
    expect(createSealer([otherSecret], "login").open("name", old)).toBeUndefined();
  });

  test("that is empty seals nothing", () => {
    expect(() => createSealer([], "login").seal("name", "text")).toThrow(TypeError);
  });
});

describe("derived secrets", () => {
  test("differ by secret and by purpose, and say nothing of what they come from", () => {
    const derived = [...deriveSecrets([secret, otherSecret], "one"), ...deriveSecrets([secret, otherSecret], "two")];
    expect(new Set(derived).size).toBe(4);
    expect(derived.every((text) => /^[\w-]{43}$/.test(text))).toBe(true);
    expect(deriveSecrets([secret, otherSecret], "one")).toEqual(derived.slice(0, 2));
  });
});
