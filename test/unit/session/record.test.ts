import { describe, expect, test } from "vitest";
import { hashOf, openLogin, readStored, sealLogin } from "../../../src/session/record.js";
import { createRecords } from "../../../src/session/records.js";
import { createSealer } from "../../../src/session/sealing.js";
import { entryFor } from "../../../src/session/store.js";
import { loginWith, tokensWith } from "../../support/logins.js";
import { otherSecret, secret, settingsWith } from "../../support/settings.js";

const sealer = createSealer([secret], "login");
const login = loginWith({ userinfo: { email: "ada@example.org" }, data: { roles: ["buyer"] } });
const { stored } = sealLogin(login, sealer, login.startedAt);

describe("the record of a login", () => {
  test("opens to the login that was sealed", () => {
    expect(openLogin("the-handle", stored, sealer)).toEqual(login);
  });

  test("opens with its other access tokens, where it has any", () => {
    const now = login.startedAt;
    const others = [{ key: "stock", accessToken: "another", scope: "read", obtainedAt: now, expiresAt: now + 60 }];
    const { stored: written } = sealLogin({ ...login, others }, sealer, now);
    expect(openLogin("the-handle", written, sealer)).toEqual({ ...login, others });
    expect(login).not.toHaveProperty("others");
  });

  test("shows when the login began and ends, and hashes for a logout that names no handle; nothing else", () => {
    const { iss, sub, sid } = login.tokens.claims;
    expect(stored).toEqual({
      v: 1,
      startedAt: login.startedAt,
      issuedAt: login.issuedAt,
      redeemedAtMs: login.redeemedAtMs,
      endsAt: login.endsAt,
      usedAt: login.startedAt,
      person: hashOf(iss, sub),
      providerSession: hashOf(iss, sid ?? ""),
      sealed: expect.any(String),
    });
  });

  test("shows no token and no claim", () => {
    const readable = stored.sealed.split(".").map((part) => Buffer.from(part, "base64url").toString("latin1"));
    const text = [JSON.stringify(stored), ...readable].join("|");
    expect(text).not.toMatch(
      /the-access-token|the\.id\.token|the-refresh-token|"[Aa]da"|ada@example|id\.example|session-at/,
    );
  });

  test.each([undefined, 7, null])("has no hash of a provider's session where the claim is %s", (sid) => {
    const claims = { iss: "https://id.example", sub: "ada", sid: sid as never };
    const { providerSession } = sealLogin(loginWith({ tokens: tokensWith({ claims }) }), sealer, 0).stored;
    expect(providerSession).toBeUndefined();
  });

  test("gives different hashes for different people, whatever their names are made of", () => {
    const names = [hashOf("a", "bc"), hashOf("ab", "c"), hashOf("a,b", "c"), hashOf("a", "b,c"), hashOf('a","b', "c")];
    expect(new Set(names).size).toBe(5);
  });
});

describe("the record of a login without an ID token", () => {
  const claims = { iss: "https://id.example", sub: "ada" };
  const tokens = tokensWith({ idToken: undefined, claims });
  const plain = loginWith({ tokens, userinfo: { ...claims, name: "Ada", nickname: null } });

  test("opens to that login, whose person userinfo has told", () => {
    const written = sealLogin(plain, sealer, 0).stored;
    const { person, providerSession } = written;
    const opened = openLogin("the-handle", written, sealer);
    expect(opened?.tokens.idToken).toBeUndefined();
    expect(opened?.user).toEqual({ ...claims, name: "Ada" });
    expect([person, providerSession]).toEqual([hashOf(claims.iss, claims.sub), undefined]);
  });
});

describe("an opened login", () => {
  test("is at hand once it was sealed, just as it will be read, whatever becomes of what it was made from", () => {
    const data = { seenAt: new Date(0), nothing: undefined, roles: ["buyer"] };
    const { stored: written, login: readable } = sealLogin(loginWith({ data }), sealer, 0);
    data.roles.push("admin");
    expect(readable).toEqual(openLogin("the-handle", written, sealer));
    expect(readable.data).toStrictEqual({ seenAt: "1970-01-01T00:00:00.000Z", roles: ["buyer"] });
  });

  const opened = openLogin("the-handle", stored, sealer);

  test("is frozen all through, for requests share it", () => {
    expect(opened).toBeDefined();
    const parts = [opened, opened?.user, opened?.tokens, opened?.tokens.claims, opened?.data, opened?.data?.["roles"]];
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
    expect(() => Object.assign(opened?.user ?? {}, { sub: "eve" })).toThrow(TypeError);
  });

  test("has userinfo over the claims, but never in place of who the person is", () => {
    const userinfo = { email: "new@example.org", sub: "eve", iss: "x", name: null, auth_time: 1, __proto__: { a: 1 } };
    const { user } = loginWith({ userinfo });
    expect(user).toEqual({ ...login.tokens.claims, email: "new@example.org" });
  });

  test("does not open under another name, or without its secret", () => {
    expect(openLogin("another", stored, sealer)).toBeUndefined();
    expect(openLogin("the-handle", stored, createSealer([otherSecret], "login"))).toBeUndefined();
  });
});

describe("what a session store gives for a record", () => {
  test("is read where it is one", () => {
    expect(readStored(entryFor(stored, 60))).toEqual(stored);
    expect(readStored(JSON.parse(JSON.stringify(entryFor(stored, 60))))).toEqual(JSON.parse(JSON.stringify(stored)));
  });

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "text"],
    ["an app's session", { cookie: {}, cart: [] }],
    ["our mark", entryFor(true, 60)],
    ["a note of use", entryFor(1_700_000_000, 60)],
    ["null inside", entryFor(null, 60)],
    ["a newer version", entryFor({ ...stored, v: 2 }, 60)],
    ["a version that is a text", entryFor({ ...stored, v: "1" }, 60)],
    ["no version", entryFor({ ...stored, v: undefined }, 60)],
    ["no seal", entryFor({ ...stored, sealed: undefined }, 60)],
    ["no end", entryFor({ ...stored, endsAt: undefined }, 60)],
    ["an end that is a text", entryFor({ ...stored, endsAt: "9999999999" }, 60)],
    ["no beginning", entryFor({ ...stored, startedAt: null }, 60)],
    ["no use", entryFor({ ...stored, usedAt: undefined }, 60)],
  ])("is nobody where it is %s", (_what, entry) => {
    expect(readStored(entry)).toBeUndefined();
  });
});

describe("a record that somebody has changed in the store", () => {
  const records = createRecords(settingsWith());

  test.each([
    ["its end", { endsAt: stored.endsAt + 1 }],
    ["its beginning", { startedAt: stored.startedAt - 1 }],
    ["when it was issued", { issuedAt: stored.issuedAt + 1 }],
    ["when it was redeemed", { redeemedAtMs: stored.redeemedAtMs + 1 }],
    ["its person", { person: hashOf("https://id.example", "eve") }],
    ["its session at the provider", { providerSession: undefined }],
    ["its seal", { sealed: `${stored.sealed}A` }],
  ])("is nobody's login: %s", (_what, change) => {
    expect(records.open("the-handle", stored)).toEqual(login);
    expect(records.open("the-handle", { ...stored, ...change })).toBeUndefined();
    // nor on a process that has not opened it before
    expect(createRecords(settingsWith()).open("the-handle", { ...stored, ...change })).toBeUndefined();
  });

  test("is opened once while it stays the same", () => {
    const fresh = createRecords(settingsWith());
    expect(fresh.open("the-handle", stored)).toBe(fresh.open("the-handle", { ...stored, usedAt: 1 }));
  });
});
