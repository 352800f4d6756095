import { describe, expect, test } from "vitest";
import {
  type Attempt,
  type Attempts,
  attemptId,
  createAttempts,
  createProofs,
  isRestarted,
  isState,
} from "../../../src/session/attempts.js";
import { createSealedCookies } from "../../../src/session/sealed-cookies.js";
import { stopClock } from "../../support/clock.js";
import { CookieJar } from "../../support/cookie-jar.js";
import { answerTo, setCookiesOf } from "../../support/exchange.js";
import { otherSecret, secret, settingsWith } from "../../support/settings.js";

const settings = settingsWith();

function attemptsOf(over = settings): Attempts {
  return createAttempts(over, createSealedCookies(over));
}

function attemptWith(over: Partial<Attempt> = {}): Attempt {
  const given = {
    proofs: createProofs(false, settings),
    returnTo: "/orders?page=2",
    startedAt: settings.now(),
    params: [],
  };
  return { ...given, silent: false, maxAge: undefined, acr: undefined, ...over };
}

/** Begins a login in a browser. @returns its state. */
function begin(jar: CookieJar, over: Partial<Attempt> = {}): string {
  const attempt = attemptWith(over);
  const req = jar.request();
  const res = answerTo(req);
  attemptsOf().keep(req, res, attempt);
  jar.take(res);
  return attempt.proofs.state;
}

/** Begins several logins in a browser, one after the other. */
function beginMany(jar: CookieJar, count: number, over: Partial<Attempt> = {}, pause?: () => void): string[] {
  return Array.from({ length: count }, () => {
    const state = begin(jar, over);
    pause?.();
    return state;
  });
}

const known = (jar: CookieJar, states: readonly string[]) =>
  states.filter((state) => attemptsOf().find(jar.request(), state) !== undefined);

describe("a login attempt", () => {
  test("is found again in the browser that began it, with all that it needs", () => {
    const jar = new CookieJar();
    const params = [["prompt", "none"]] as const;
    const attempt = attemptWith({ returnTo: "/a#b", maxAge: 60, acr: ["gold"], silent: true, params });
    begin(jar, attempt);
    expect(attemptsOf().find(jar.request(), attempt.proofs.state)).toEqual(attempt);
  });

  test("is found with the seed of its key where tokens will be bound to one, in a cookie that is no larger", () => {
    const [plain, bound] = [new CookieJar(), new CookieJar()];
    const attempt = attemptWith({ proofs: createProofs(false, settingsWith({ dpop: true })) });
    expect(attempt.proofs.seed).toMatch(/^[\w-]{43}$/);
    expect(attempt.proofs.seed).not.toBe(attempt.proofs.verifier);
    begin(bound, attempt);
    begin(plain);
    expect(attemptsOf().find(bound.request(), attempt.proofs.state)).toEqual(attempt);
    const sizeOf = (jar: CookieJar) => jar.request().headers.cookie?.length;
    expect(sizeOf(bound)).toBe(sizeOf(plain));
  });

  test("that takes the place of a lost one is found so", () => {
    const jar = new CookieJar();
    const attempt = attemptWith({ proofs: createProofs(true, settings) });
    begin(jar, attempt);
    expect(attemptsOf().find(jar.request(), attempt.proofs.state)).toEqual(attempt);
  });

  test("is found by its own state only", () => {
    const jar = new CookieJar();
    const state = begin(jar);
    for (const other of ["", state.slice(1), `${state}A`, `r.${state}`, createProofs(false, settings).state]) {
      expect(attemptsOf().find(jar.request(), other)).toBeUndefined();
    }
  });

  test("is not known in another browser", () => {
    const [one, two] = [new CookieJar(), new CookieJar()];
    const state = begin(one);
    begin(two);
    expect(attemptsOf().find(two.request(), state)).toBeUndefined();
  });

  test("of one tab is not taken for that of another, even under its name", () => {
    const jar = new CookieJar();
    const [one, two] = [begin(jar), createProofs(false, settings).state];
    const [name = ""] = jar.names();
    const stolen = new CookieJar();
    stolen.plant(name.replace(attemptId(one), attemptId(two)), jar.header().slice(name.length + 1));
    expect(attemptsOf().find(stolen.request(), two)).toBeUndefined();
  });

  test("is not taken for another one whose short name is the same", () => {
    const jar = new CookieJar();
    begin(jar);
    const [name = ""] = jar.names();
    const { state } = createProofs(false, settings);
    const cookies = createSealedCookies(settings);
    const value = cookies.get(jar.request(), name.slice(name.indexOf("login-")));
    expect(value).toBeDefined();
    const res = answerTo(jar.request());
    cookies.set(res, `login-${attemptId(state)}`, { value, seconds: 60 });
    jar.take(res);
    expect(attemptsOf().find(jar.request(), state)).toBeUndefined();
  });

  test("is forgotten when it is dropped, and no other one", () => {
    const jar = new CookieJar();
    const [one, two] = [begin(jar), begin(jar)];
    const req = jar.request();
    const res = answerTo(req);
    attemptsOf().drop(req, res, one);
    jar.take(res);
    expect(known(jar, [one, two])).toEqual([two]);
  });

  test("belongs to one instance: another issuer, client or site does not know it", () => {
    const jar = new CookieJar();
    const state = begin(jar);
    for (const over of [{ issuer: "https://other.example" }, { clientId: "x" }, { baseUrl: "https://x.example" }]) {
      expect(attemptsOf(settingsWith(over)).find(jar.request(), state)).toBeUndefined();
    }
  });

  test("outlives a change of the secret while the old one is in the list", () => {
    const jar = new CookieJar();
    const state = begin(jar);
    const find = (list: string | string[]) => attemptsOf(settingsWith({ secret: list })).find(jar.request(), state);
    expect(find([otherSecret, secret])).toBeDefined();
    expect(find(otherSecret)).toBeUndefined();
  });
});

describe("the cookie of a login attempt", () => {
  const attempt = attemptWith();

  function lineFor(baseUrl: string): string {
    const over = settingsWith({ baseUrl });
    const req = new CookieJar().request();
    const res = answerTo(req);
    attemptsOf(over).keep(req, res, attempt);
    return setCookiesOf(res)[0] ?? "";
  }

  test("is bound to this host and to https, for half an hour, for the whole site", () => {
    const [pair = "", ...attributes] = lineFor("https://shop.example/app").split("; ");
    expect(pair).toMatch(/^__Host-oidc-[\w-]{8}-login-[\w-]{10}=[\w.-]+$/);
    expect(new Set(attributes)).toEqual(new Set(["Max-Age=1800", "HttpOnly", "Path=/", "SameSite=Lax", "Secure"]));
  });

  test("is a plain one on http", () => {
    expect(lineFor("http://localhost:3000")).toMatch(/^oidc-/);
    expect(lineFor("http://localhost:3000")).not.toContain("Secure");
  });

  test("shows neither state nor nonce nor verifier nor page", () => {
    const line = lineFor("https://shop.example");
    const [, value = ""] = /=([^;]+)/.exec(line) ?? [];
    const shown = [line, ...value.split(".").map((part) => Buffer.from(part, "base64url").toString("latin1"))].join(
      "|",
    );
    const { state, nonce, verifier } = attempt.proofs;
    expect([state, nonce, verifier, "orders"].filter((text) => shown.includes(text))).toEqual([]);
  });
});

describe("many login attempts in one browser", () => {
  test("are kept up to five; the oldest goes first", () => {
    const clock = stopClock();
    const jar = new CookieJar();
    const states = Array.from({ length: 8 }, () => {
      clock.advance(1);
      return begin(jar);
    });
    expect(known(jar, states)).toEqual(states.slice(3));
    expect(jar.names()).toHaveLength(5);
  });

  test("are kept in the order in which they began, also within one second", () => {
    stopClock();
    const jar = new CookieJar();
    const states = beginMany(jar, 8);
    expect(known(jar, states)).toEqual(states.slice(3));
  });

  test("stay below 4 KB of Cookie header after forty, and the last one works", () => {
    const jar = new CookieJar();
    const states = beginMany(jar, 40);
    expect(jar.header().length).toBeLessThan(4096);
    expect(known(jar, states.slice(-1))).toHaveLength(1);
  });

  test("that begin at the same moment, forty of them, stay below the 16 KB that Node takes", () => {
    const jar = new CookieJar();
    const req = jar.request();
    const answers = Array.from({ length: 40 }, () => answerTo(req));
    for (const res of answers) attemptsOf().keep(req, res, attemptWith());
    for (const res of answers) jar.take(res);
    expect(jar.names()).toHaveLength(40);
    expect(jar.header().length).toBeLessThan(15_000);
    // one answer takes some away, the next one the rest
    begin(jar);
    const last = begin(jar);
    expect(jar.header().length).toBeLessThan(4096);
    expect(known(jar, [last])).toEqual([last]);
  });

  test.each([10, 400, 1000, 1500])("weigh at most 3 KB together with addresses of %i characters", (length) => {
    const clock = stopClock();
    const jar = new CookieJar();
    const states = beginMany(jar, 12, { returnTo: `/${"x".repeat(length - 1)}` }, () => {
      expect(jar.header().length).toBeLessThanOrEqual(3072);
      clock.advance(1);
    });
    expect(known(jar, states.slice(-1))).toHaveLength(1);
  });

  test("are cleared away once they are too old to come back", () => {
    const clock = stopClock();
    const jar = new CookieJar();
    const states = [begin(jar)];
    clock.advance(1800);
    states.push(begin(jar));
    expect(known(jar, states)).toEqual(states);
    clock.advance(1);
    states.push(begin(jar));
    expect(known(jar, states)).toEqual(states.slice(1));
  });

  test("make room by dropping what nobody can read first", () => {
    const jar = new CookieJar();
    const states = [begin(jar)];
    const prefix = (jar.names()[0] ?? "").slice(0, -10);
    jar.plant(`${prefix}rubbish123`, "x".repeat(200));
    states.push(begin(jar));
    expect(jar.names().some((name) => name.endsWith("rubbish123"))).toBe(false);
    expect(known(jar, states)).toEqual(states);
  });

  test("leave every other cookie alone", () => {
    const jar = new CookieJar();
    jar.plant("session", "x".repeat(3000));
    beginMany(jar, 6);
    expect(jar.names()).toContain("session");
    expect(jar.names()).toHaveLength(6);
  });
});

describe("the proofs of a login", () => {
  test("can't be guessed, and never come twice", () => {
    const proofs = Array.from({ length: 200 }, () => createProofs(false, settings));
    const texts = proofs.flatMap(({ state, nonce, verifier }) => [state, nonce, verifier]);
    expect(new Set(texts).size).toBe(600);
    expect(proofs.every(({ verifier }) => /^[\w-]{43}$/.test(verifier))).toBe(true);
  });

  test("say in the state whether it takes the place of a lost one", () => {
    expect(isRestarted(createProofs(true, settings).state)).toBe(true);
    expect(isRestarted(createProofs(false, settings).state)).toBe(false);
  });
});

describe("a state", () => {
  test("is known by its form, so that nothing else is ever looked up", () => {
    const { state } = createProofs(false, settings);
    expect([isState(state), isState(createProofs(true, settings).state)]).toEqual([true, true]);
    for (const text of ["", "x", "r.", `${state}x`, `x${state}`, `${state}\n`, `r.r.${state}`]) {
      expect(isState(text)).toBe(false);
    }
  });

  test("is not given away by its short name", () => {
    const { state } = createProofs(false, settings);
    expect(attemptId(state)).toMatch(/^[\w-]{10}$/);
    expect(state).not.toContain(attemptId(state));
  });
});
