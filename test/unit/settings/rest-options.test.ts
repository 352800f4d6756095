import { describe, expect, test } from "vitest";
import { createMemoryState } from "../../../src/state/memory.js";
import { problemsWith } from "../../support/problems.js";
import { settingsWith } from "../../support/settings.js";

const day = 86_400;

describe("numbers of seconds", () => {
  test.each<[path: string, from: number, to: number, byDefault: number, write: (value: unknown) => object]>([
    ["absoluteTimeout", 60, 3650 * day, 7 * day, (absoluteTimeout) => ({ absoluteTimeout, idleTimeout: 60 })],
    ["idleTimeout", 60, 3650 * day, day, (idleTimeout) => ({ idleTimeout, absoluteTimeout: 3650 * day })],
    ["clockTolerance", 0, 300, 30, (clockTolerance) => ({ clockTolerance })],
    ["renew.leeway", 0, day, 60, (leeway) => ({ renew: { leeway } })],
    ["http.timeout", 0.5, 60, 5, (timeout) => ({ http: { timeout } })],
  ])("%s goes from %d to %d", (path, from, to, byDefault, write) => {
    for (const right of [from, to, byDefault, undefined]) expect(problemsWith(write(right))).toEqual([]);
    for (const wrong of [from - 0.1, to + 1, -1, Number.NaN, Number.POSITIVE_INFINITY, "60", null, {}, true]) {
      expect(problemsWith(write(wrong))).toEqual([
        `${path}: must be a number of seconds from ${from} to ${to}; the default is ${byDefault}`,
      ]);
    }
  });

  test("have defaults", () => {
    expect(settingsWith()).toMatchObject({
      absoluteTimeout: 604_800,
      idleTimeout: 86_400,
      clockTolerance: 30,
      leeway: 60,
      httpTimeout: 5,
    });
  });

  test("let no login be idle for longer than it may live", () => {
    expect(problemsWith({ idleTimeout: 601, absoluteTimeout: 600 })).toEqual([
      "idleTimeout: must not be longer than absoluteTimeout (600), which ends every login",
    ]);
    expect(settingsWith({ absoluteTimeout: 600 }).idleTimeout).toBe(600);
  });
});

describe("switches and hooks", () => {
  test.each(["userinfo", "insecureHttp", "insecurePasswordGrant"])("%s must be true or false", (name) => {
    for (const wrong of ["true", 1, null, {}]) {
      expect(problemsWith({ [name]: wrong })).toEqual([`${name}: must be true or false`]);
    }
    for (const right of [true, false, undefined]) expect(problemsWith({ [name]: right })).toEqual([]);
  });

  test.each([
    ["onLogin", (hook: unknown) => ({ onLogin: hook })],
    ["onLogout", (hook: unknown) => ({ onLogout: hook })],
    ["onError", (hook: unknown) => ({ onError: hook })],
    ["http.fetch", (hook: unknown) => ({ http: { fetch: hook } })],
  ])("%s must be a function", (path, write) => {
    for (const wrong of ["x", 1, null, {}, true])
      expect(problemsWith(write(wrong))).toEqual([`${path}: must be a function`]);
    expect(problemsWith(write(() => undefined))).toEqual([]);
  });

  test("are passed on as they are", async () => {
    const [onLogin, onLogout, onError] = [() => true, () => undefined, () => undefined];
    const fetch = async () => new Response("x");
    const settings = settingsWith({ onLogin, onLogout, onError, http: { fetch } });
    expect(settings).toMatchObject({ onLogin, onLogout, onError });
    expect(await (await settings.fetch("https://id.example", {})).text()).toBe("x");
  });

  test("without a fetch of the app's own, Node's is called", async () => {
    await expect(
      settingsWith()
        .fetch("data:text/plain,hello", {})
        .then((answer) => answer.text()),
    ).resolves.toBe("hello");
  });
});

describe("idpLogout", () => {
  test.each([[true], [false], ["https://id.example/bye"], [() => "https://id.example/bye"]])(
    "may be %s",
    (idpLogout) => {
      expect(settingsWith({ idpLogout }).idpLogout).toBe(idpLogout);
    },
  );

  test.each([["/bye"], [""], [7], [null], [{}], ["javascript:alert(1)"]])("can't be %j", (idpLogout) => {
    expect(problemsWith({ idpLogout })).toEqual([expect.stringMatching(/^idpLogout: must be/)]);
  });
});

describe("logoutPage", () => {
  test("speaks English unless it is told what to say", () => {
    expect(settingsWith().logoutPage).toEqual({
      lang: "en",
      title: "Log out?",
      confirm: "Log out",
      cancel: "Stay signed in",
      leaving: "Signing you out",
      proceed: "Continue",
    });
    const german = { lang: "de", title: "Abmelden?" };
    expect(settingsWith({ logoutPage: german }).logoutPage).toMatchObject({ ...german, confirm: "Log out" });
  });

  test.each(["lang", "title", "confirm", "cancel", "leaving", "proceed"])("takes a text for %s", (name) => {
    for (const wrong of ["", 7, null, {}]) {
      expect(problemsWith({ logoutPage: { [name]: wrong } })).toEqual([`logoutPage.${name}: must be a text`]);
    }
  });

  test("knows its names, and is an object", () => {
    expect(problemsWith({ logoutPage: { titel: "x" } })).toEqual([
      "logoutPage.titel: there is no such option; did you mean `title`?",
    ]);
    expect(problemsWith({ logoutPage: "Bye" })).toEqual([expect.stringMatching(/^logoutPage: must be an object with/)]);
  });
});

describe("state", () => {
  test("is this process's memory, or what is given", async () => {
    const state = createMemoryState();
    expect(settingsWith()).toMatchObject({ stateIsShared: false });
    const given = settingsWith({ state });
    expect(given.stateIsShared).toBe(true);
    await given.state.set("key", "value", 60);
    expect(await state.get("key")).toBe("value");
  });

  test.each([[{}], [null], [7], ["redis://"], [{ get() {}, set() {}, add() {} }]])(
    "must have its four verbs: %j",
    (state) => {
      expect(problemsWith({ state })).toEqual(["state: must have get, set, add and remove (see SharedState)"]);
    },
  );
});

describe("groups of options", () => {
  test.each([
    ["renew", "leeway"],
    ["http", "timeout, fetch"],
    ["logoutPage", "lang, title, confirm, cancel, leaving, proceed"],
    [
      "session",
      "reqSession, store, name, cookie, keep, secret, genid, proxy, rolling, resave, saveUninitialized, unset",
    ],
  ])("%s must be an object", (name, known) => {
    for (const wrong of ["x", 7, null, [], true, () => undefined]) {
      expect(problemsWith({ [name]: wrong })).toEqual([`${name}: must be an object with ${known}`]);
    }
  });
});
