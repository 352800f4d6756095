/**
 * Who may log a person out: they themselves at once, another site only after a question.
 * @module
 */

import express from "express";
import type { AuthOptions } from "express-oidc";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Answer, Browser } from "../../examples/demo/browser.js";
import { type Handler, startApp } from "../support/app.js";
import { type Asking, ask, isSignedIn, linked, typed } from "../support/asking.js";
import { codeOf } from "../support/journey.js";
import { startScriptedProvider } from "../support/scripted-provider.js";
import { type ScriptedWorldOptions, startScriptedWorld } from "../support/scripted-world.js";

const evil = "https://evil.example";

/** A signed-in person at the logout: what the request says of itself may name this site as `{here}`. */
async function knock(asking: Omit<Asking, "browser">, options: ScriptedWorldOptions = {}, path = "/logout") {
  const { app, provider, signIn } = await startScriptedWorld(options);
  const { browser } = await signIn();
  const headers = Object.fromEntries(
    Object.entries(asking.headers ?? {}).map(([name, value]) => [name, value.replace("{here}", app.url)]),
  );
  const answer = await ask(app.url + path, { ...asking, headers, browser });
  return { app, provider, browser, answer, isStillIn: await isSignedIn(browser, app.url) };
}

/** The token that our own question carries for a login. */
async function confirmFor(browser: Browser, url: string): Promise<string> {
  const question = await ask(`${url}/logout`, { browser });
  return new Map(question.forms[0]?.fields).get("confirm") ?? "";
}

function isQuestion(answer: Answer): boolean {
  return (
    answer.status === 200 && answer.forms.some(({ method, action }) => method === "POST" && /logout/.test(action.href))
  );
}

const cross = { ...typed, "sec-fetch-site": "cross-site" };
const fromElsewhere: Record<string, Record<string, string>> = {
  "another site": cross,
  "a sister site": { ...typed, "sec-fetch-site": "same-site" },
  "another site that pretends a Referer of this one": { ...cross, referer: "{here}/" },
  "nobody knows where": {},
  "another site, by its Referer": { referer: `${evil}/page` },
  "another site, by its Origin, with a Referer of this one": { origin: evil, referer: "{here}/" },
  "a page that hides its origin": { origin: "null" },
  "a Referer that is no address": { referer: "somewhere" },
  "a site whose name begins like this one": { referer: "{here}.evil.example/" },
};

const fromHere: Record<string, Record<string, string>> = {
  "this site's own pages": linked,
  "the person, who typed the address": typed,
  "this site, by its Referer": { referer: "{here}/public" },
  "this site, by its Origin": { origin: "{here}" },
};

describe("a logout that is asked for", () => {
  test.each(Object.entries(fromHere))("by %s is done at once", async (_name, headers) => {
    const { answer, provider, isStillIn } = await knock({ headers });
    expect([answer.status, answer.redirect?.origin, isStillIn]).toEqual([302, provider.issuer, false]);
  });

  test.each(Object.entries(fromElsewhere))("by %s only leads to a question", async (_name, headers) => {
    const { answer, isStillIn } = await knock({ headers });
    expect([isQuestion(answer), isStillIn]).toEqual([true, true]);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test.each(Object.entries(fromElsewhere))("with a form of %s only leads to a question", async (_name, headers) => {
    const { answer, isStillIn } = await knock({ headers, form: { returnTo: "/public" } });
    expect([isQuestion(answer), isStillIn]).toEqual([true, true]);
  });

  test("by another site, with nobody signed in, leads to no question", async () => {
    const { app } = await startScriptedWorld();
    const answer = await ask(`${app.url}/logout`, { headers: cross });
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/"]);
  });

  test.each([
    ["a link prefetch", { ...linked, "sec-purpose": "prefetch" }],
    ["a prerender", { ...linked, "sec-purpose": "prefetch;prerender" }],
    ["an old prefetch", { "x-moz": "prefetch", referer: "{here}/" }],
    ["an iframe", { ...linked, "sec-fetch-dest": "iframe" }],
    ["an image", { "sec-fetch-site": "same-origin", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }],
    ["fetch()", { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }],
    ["an XMLHttpRequest", { "x-requested-with": "XMLHttpRequest", referer: "{here}/" }],
  ])("by %s is refused and ends nothing", async (_name, headers) => {
    const { answer, isStillIn } = await knock({ headers });
    expect([answer.status, codeOf(answer), isStillIn]).toEqual([403, "OIDC_VISIT_REQUIRED", true]);
  });

  test.each(["HEAD", "PUT", "DELETE", "OPTIONS"])("by the method %s is refused and ends nothing", async (method) => {
    const { answer, isStillIn } = await knock({ method, headers: linked });
    expect([answer.status, answer.headers.get("allow"), isStillIn]).toEqual([405, "GET, POST", true]);
  });
});

describe("a logout by POST", () => {
  test("is answered with a page that goes on to the provider by itself", async () => {
    const { answer, provider, isStillIn } = await knock({ headers: linked, form: {} });
    expect([answer.status, isStillIn]).toEqual([200, false]);
    expect(`${answer.refresh?.origin}${answer.refresh?.pathname}`).toBe(`${provider.issuer}/end-session`);
    expect(answer.refresh?.searchParams.get("id_token_hint")).toMatch(/^eyJ/);
  });

  test("shows no ID token on that page, whose link leads to the same place", async () => {
    const { app, answer, provider } = await knock({ headers: linked, form: {} });
    expect(answer.body).not.toMatch(/eyJ|id_token/);
    const [link] = answer.links;
    expect(link?.label).toBe("Continue");
    expect(`${link?.url.origin}${link?.url.pathname}`).toBe(`${provider.issuer}/end-session`);
    expect(Object.fromEntries(link?.url.searchParams ?? [])).toEqual({
      client_id: "demo-app",
      post_logout_redirect_uri: `${app.url}/logged-out`,
      state: answer.refresh?.searchParams.get("state"),
    });
  });

  test("says so in the app's own words, escaped", async () => {
    const logoutPage = { lang: "de", leaving: "Sie gehen <gleich>", proceed: "Los & weg" };
    const { answer } = await knock({ headers: linked, form: {} }, { options: { logoutPage } });
    expect(answer.body).toMatch(/^<!doctype html><html lang="de">.*<h1>Sie gehen &#60;gleich&#62;<\/h1>/);
    expect(answer.links.map(({ label }) => label)).toEqual(["Los & weg"]);
  });

  test("without a word about its type and with nothing in it is done", async () => {
    const { answer, isStillIn } = await knock({ method: "POST", headers: linked });
    expect([answer.status, isStillIn]).toEqual([200, false]);
  });

  test("goes straight on with 303 where the provider takes no part", async () => {
    const options = { options: { idpLogout: false } };
    const { answer } = await knock({ headers: linked, form: { returnTo: "/public" } }, options);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/public"]);
  });

  test.each([
    ["before", express.urlencoded({ extended: true })],
    ["of another type before", express.json()],
  ])("is understood with a body parser %s", async (_name, parser) => {
    const before: ScriptedWorldOptions["before"] = (app) => app.use(parser as unknown as Handler);
    const options = { before, options: { idpLogout: false } };
    const { answer } = await knock({ headers: linked, form: { returnTo: "/public" } }, options);
    expect(answer.headers.get("location")).toBe("/public");
  });

  test.each([
    ["of another type", 415, { "content-type": "application/json" }, { returnTo: "/" }],
    ["larger than 64 KB", 413, {}, { returnTo: "x".repeat(70_000) }],
  ])("%s is refused with %i and ends nothing", async (_name, status, headers, form) => {
    const { answer, isStillIn } = await knock({ headers: { ...linked, ...headers }, form });
    expect([answer.status, codeOf(answer), isStillIn]).toEqual([status, "OIDC_REQUEST_INVALID", true]);
  });
});

describe("the question before a logout", () => {
  const words: NonNullable<AuthOptions["logoutPage"]> = {
    lang: 'de"><script>',
    title: "<b>Abmelden?</b>",
    confirm: "Ja & weg",
    cancel: "'Nein'",
  };

  test("says in words what it asks, and how to stay", async () => {
    const { app, answer } = await knock({ headers: cross });
    expect(answer.body).toMatch(/^<!doctype html><html lang="en">/);
    expect(answer.body).toMatch(/<h1>Log out\?<\/h1>.*<button>Log out<\/button>/);
    expect(answer.links.map(({ label, url }) => [label, url.href])).toEqual([["Stay signed in", `${app.url}/`]]);
  });

  test("says it in the app's own words, escaped", async () => {
    const { answer } = await knock({ headers: cross }, { options: { logoutPage: words } });
    expect(answer.body).toContain('<html lang="de&#34;&#62;&#60;script&#62;">');
    expect(answer.body).toContain("<h1>&#60;b&#62;Abmelden?&#60;/b&#62;</h1>");
    expect(answer.body).toContain("<button>Ja &#38; weg</button>");
    expect(answer.links[0]?.label).toBe("'Nein'");
    expect(answer.body).not.toContain("<script>");
  });

  test("runs no script, stands in no frame and is kept by nobody", async () => {
    const { answer } = await knock({ headers: cross });
    const policy = answer.headers.get("content-security-policy") ?? "";
    for (const rule of ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) {
      expect(policy.split(";")).toContain(rule);
    }
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.body).not.toMatch(/<script|onclick|javascript:/i);
  });

  test("answered with its button ends the login and leads to the page that was named", async () => {
    const { app, provider, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    await browser.get(`${app.url}/logout?returnTo=/public`, { headers: { "sec-fetch-site": "cross-site" } });
    const page = await browser.submit();
    expect([page.url.href, provider.calls("endSession")]).toEqual([`${app.url}/public`, 1]);
    expect(await isSignedIn(browser, app.url)).toBe(false);
  });

  test("sends its answer to the logout of its own app, below the path of the base URL", async () => {
    const provider = await startScriptedProvider();
    const app = await startApp({ ...provider.registration, mount: "/shop", options: { routes: { logout: "/leave" } } });
    onTestFinished(() => app.close());
    const browser = new Browser();
    await browser.get(`${app.baseUrl}/private`);
    const question = await ask(`${app.baseUrl}/leave`, { browser, headers: cross });
    expect(question.forms[0]?.action.href).toBe(`${app.url}/shop/leave`);
    expect(question.links[0]?.url.href).toBe(`${app.url}/shop/`);
  });

  test("is answered by a browser that says nothing of itself, too", async () => {
    const { app, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    const confirm = await confirmFor(browser, app.url);
    const answer = await ask(`${app.url}/logout`, { browser, form: { confirm, returnTo: "/" } });
    expect([isQuestion(answer), await isSignedIn(browser, app.url)]).toEqual([false, false]);
  });

  test.each([
    ["made up", "bm90IHRoZSByaWdodCBvbmU"],
    ["empty", ""],
    ["of the right length", "A".repeat(43)],
  ])("is asked again when the answer's proof is %s", async (_name, confirm) => {
    const { answer, isStillIn } = await knock({ headers: cross, form: { confirm, returnTo: "/" } });
    expect([isQuestion(answer), isStillIn]).toEqual([true, true]);
  });

  test("is asked again when the proof was made for another login", async () => {
    const { app, signIn } = await startScriptedWorld();
    const [{ browser: victim }, { browser: attacker }] = [await signIn(), await signIn()];
    const confirm = await confirmFor(attacker, app.url);
    const answer = await ask(`${app.url}/logout`, { browser: victim, headers: cross, form: { confirm } });
    expect([isQuestion(answer), await isSignedIn(victim, app.url)]).toEqual([true, true]);
  });

  test("takes a proof from the address for nothing", async () => {
    const { app, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    const confirm = await confirmFor(browser, app.url);
    const answer = await ask(`${app.url}/logout?confirm=${confirm}`, { browser, headers: cross });
    expect([isQuestion(answer), await isSignedIn(browser, app.url)]).toEqual([true, true]);
  });

  test("keeps the page to go to through the question, within this site and escaped", async () => {
    const path = (returnTo: string) => `/logout?returnTo=${encodeURIComponent(returnTo)}`;
    const good = await knock({ headers: cross }, {}, path('/public?q="><script>'));
    expect(new Map(good.answer.forms[0]?.fields).get("returnTo")).toBe("/public?q=%22%3E%3Cscript%3E");
    const bad = await knock({ headers: cross }, {}, path("https://evil.example/"));
    expect(new Map(bad.answer.forms[0]?.fields).get("returnTo")).toBe("/");
  });
});
