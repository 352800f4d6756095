/**
 * Input that nobody sends by accident: refused as the sender's fault, soon, without an echo, and the next visitor notices nothing.
 * @module
 */
import { urlencoded } from "express";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Framework, frameworks } from "../support/app.js";
import { ask, askToLogIn, sessionCookieOf, tokenRequests } from "../support/journey.js";
import { rawRequest, sendRaw } from "../support/raw.js";
import { startWorld, type World } from "../support/world.js";

const mark = "hostile-mark-7f3a";
const megabyte = mark.repeat(1_000_000 / mark.length);

/** What stands behind `/callback`. Each holds the mark that no answer may repeat. */
const targets: [string, string][] = [
  ["lists in brackets", `?code[]=${mark}&state[]=${mark}`],
  ["objects in brackets", `?state[x]=${mark}&code[y][z]=${mark}`],
  ["lists and plain values", `?code=${mark}&code[]=${mark}&state=${mark}`],
  ["repeated parameters", `?state=${mark}&state=${mark}&code=1`],
  ["__proto__", `?__proto__[state]=${mark}&constructor[prototype][code]=${mark}`],
  ["a NUL in the state", `?code=1&state=%00${mark}`],
  ["a NUL in the code", `?state=${mark}&code=${mark}%00`],
  ["a percent sign alone", `?code=%&state=%${mark}`],
  ["half an escape", `?code=%E0%A4%A&state=%u0041${mark}`],
  ["bytes that are no UTF-8", `?code=%FF%FE&state=%C0%AF${mark}`],
  ["a line break", `?code=1&state=${mark}%0d%0aSet-Cookie:%20stolen=1`],
  [
    "a script",
    `?error=<script>${mark}</script>&error_description=<script>${mark}</script>`.replace(/[<>]/g, encodeURIComponent),
  ],
  ["a script as state", `?code=1&state=%3Cscript%3E${mark}`],
  ["a state like ours, with a tail", `?code=1&state=r.AAAAAAAAAAAAAAAAAAAAAA${mark}`],
  ["ten thousand characters", `?code=1&state=${mark.repeat(600)}`],
  ["ten thousand parameters", `?state=${mark}${"&a".repeat(4000)}`],
  ["nothing", ""],
  ["only a question mark", "?"],
  ["no state", `?code=${mark}`],
  ["an empty state", `?code=${mark}&state=`],
  ["a megabyte", `?code=1&state=${megabyte}`],
];

describe.each(frameworks)("a hostile callback on %s", (framework: Framework) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      framework,
      before: (app) => app.use(urlencoded({ extended: true, limit: "5mb" }) as never),
    });
  });
  afterAll(() => world.close());

  async function expectRefusal(bytes: Buffer, redeemed = 0): Promise<void> {
    const startedMs = performance.now();
    const { status, text } = await sendRaw(world.app.url, bytes);
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect(status, text.slice(0, 300)).toBeGreaterThanOrEqual(400);
    expect(status, text.slice(0, 300)).toBeLessThan(500);
    expect(text).not.toContain(mark);
    expect(text).not.toMatch(/^set-cookie: stolen/im);
    expect(tokenRequests(world)).toBe(redeemed);
  }

  test.each(targets)("with %s is refused", (_what, query) => expectRefusal(rawRequest(`/callback${query}`)));

  test.each(targets)("with %s is refused beside a login that is under way", async (_what, query) => {
    const browser = world.newBrowser();
    await askToLogIn(browser, `${world.baseUrl}/private`);
    const cookie = browser.cookies.header(new URL(world.baseUrl));
    await expectRefusal(rawRequest(`/callback${query}`, { Cookie: cookie }));
  });

  test.each([
    ["NUL", "/callback?code=\u0000&state=x"],
    ["a space", `/callback?code=a b&state=${mark}`],
    ["high bytes", `/callback?code=\u00e9&state=${mark}`],
    ["a line break", `/callback?state=${mark}\r\nSet-Cookie: stolen=1\r\nX:`],
    ["a fragment", `/callback?code=1#&state=${mark}`],
  ])("with %s as it is, not encoded, is refused", (_what, target) => expectRefusal(rawRequest(target)));

  test.each([
    ["a megabyte as a form", { "Content-Type": "application/x-www-form-urlencoded" }, `state=${megabyte}`],
    ["nested fields", { "Content-Type": "application/x-www-form-urlencoded" }, `state[a][b]=${mark}&code[]=${mark}`],
    ["JSON", { "Content-Type": "application/json" }, `{"state":"${mark}","code":{"$ne":null}}`],
    ["nothing of what it announces", { "Content-Type": "text/plain" }, ""],
  ])("by POST with %s is refused", async (_what, headers, body) => {
    const length = { "Content-Length": String(Buffer.byteLength(body)) };
    await expectRefusal(Buffer.concat([rawRequest("/callback", { ...headers, ...length }, "POST"), Buffer.from(body)]));
  });

  test("with the cookie of a login replaced by anything else is no login of this browser's", async () => {
    const browser = world.newBrowser();
    const asked = await askToLogIn(browser, `${world.baseUrl}/private`);
    const [cookie] = browser.cookies.list(new URL(world.baseUrl));
    const query = new URLSearchParams({ error: "access_denied", state: asked.searchParams.get("state") ?? "" });
    const { value = "" } = cookie ?? {};
    for (const junk of [
      "",
      "x",
      "%",
      "%00",
      "....",
      "a.b.c.d.e",
      `${value}x`,
      value.slice(1),
      value.replaceAll(".", ""),
      mark.repeat(500),
    ]) {
      await expectRefusal(rawRequest(`/callback?${query.toString()}`, { Cookie: `${cookie?.name}=${junk}` }));
    }
  });

  test.each([
    ["sixteen kilobytes of cookies", `a=${mark.repeat(960)}`],
    ["two thousand cookies", Array.from({ length: 2000 }, (_, i) => `a${i}=1`).join("; ")],
    ["no pairs", ";;;===;;,,%%%"],
    ["__proto__", "__proto__=1; constructor=2; toString=3"],
  ])("with %s in the Cookie header is refused", (_what, cookie) =>
    expectRefusal(rawRequest(`/callback?state=${mark}&error=x`, { Cookie: cookie })),
  );

  test("with a session cookie that nobody has signed is refused", async () => {
    const browser = world.newBrowser();
    await world.signIn(browser);
    const { name } = sessionCookieOf(browser) ?? { name: "" };
    const before = tokenRequests(world);
    for (const value of [
      mark,
      `s:${mark}.AAAA`,
      `s%3A${mark}.`,
      "s:",
      'j:{"a":1}',
      "%",
      "s:__proto__.x",
      mark.repeat(300),
    ])
      await expectRefusal(rawRequest(`/callback?state=${mark}&error=x`, { Cookie: `${name}=${value}` }), before);
  });

  test("leaves the next visitor a working login", async () => {
    expect((await ask(`${world.app.url}/public`)).status).toBe(200);
    expect((await world.signIn(world.newBrowser())).json()).toEqual({ sub: "user-ada" });
  });
});
