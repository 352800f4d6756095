/**
 * Who calls, asked outside of middleware: upgrades of WebSockets, and bare `node:http`.
 * @module
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type Auth, type AuthenticateOptions, OidcError, requireBearer } from "express-oidc";
import session from "express-session";
import { describe, expect, onTestFinished, test } from "vitest";
import { ask } from "../support/asking.js";
import { apiAudience } from "../support/scripted-provider.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { startScriptedWorld } from "../support/scripted-world.js";

/** Asks a server for an upgrade, and reads what its upgrade handler says. */
async function upgrade(url: string, headers: Record<string, string>): Promise<unknown> {
  const answer = await ask(url, { headers: { connection: "Upgrade", upgrade: "websocket", ...headers } });
  return answer.json();
}

/** A server beside the app that answers every upgrade with what `judge` says of it. */
async function startUpgrades(judge: (req: IncomingMessage) => Promise<unknown>): Promise<string> {
  const server = createServer();
  server.on("upgrade", (req, socket) => {
    const tell = (status: string, body: unknown) => {
      const text = JSON.stringify(body);
      const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nConnection: close\r\n`;
      socket.end(`${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    };
    judge(req).then(
      (value) => tell("200 OK", value),
      (error: unknown) => tell("200 OK", error instanceof OidcError ? { code: error.code, status: error.status } : {}),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://localhost:${(server.address() as AddressInfo).port}/socket`;
}

/** Somebody is signed in at the app, and upgrades beside it know them. */
async function startSignedIn(options?: AuthenticateOptions) {
  const store = new ScriptedStore();
  const world = await startScriptedWorld({ options: { session: { store } } });
  const { browser } = await world.signIn();
  const cookie = browser.cookies.header(new URL(world.app.baseUrl));
  const url = await startUpgrades((req) => whoIs(world.app.instance, req, options));
  return { ...world, browser, cookie, url, store };
}

async function whoIs(oidc: Auth, req: IncomingMessage, options?: AuthenticateOptions): Promise<unknown> {
  const context = await oidc.authenticate(req, options);
  return { sub: context.user?.sub ?? null, hasToken: context.accessToken !== undefined };
}

describe("the upgrade of a WebSocket", () => {
  test("with the cookie of a login is that person's", async () => {
    const { url, cookie, app } = await startSignedIn();
    expect(await upgrade(url, { cookie, origin: app.url })).toEqual({ sub: "ada", hasToken: true });
    expect(await upgrade(url, { cookie })).toEqual({ sub: "ada", hasToken: true });
  });

  test("without a cookie, or after the logout, is nobody's", async () => {
    const { url, cookie, browser, app } = await startSignedIn();
    expect(await upgrade(url, {})).toEqual({ sub: null, hasToken: false });
    await browser.get(`${app.url}/logout`);
    expect(await upgrade(url, { cookie })).toEqual({ sub: null, hasToken: false });
  });

  test("from a page of another origin is refused, unless that is named", async () => {
    const { url, cookie } = await startSignedIn({ origins: ["https://shop.example.com"] });
    expect(await upgrade(url, { cookie, origin: "https://evil.example.com" })).toEqual({
      code: "OIDC_ORIGIN_REJECTED",
      status: 403,
    });
    expect(await upgrade(url, { cookie, origin: "null" })).toMatchObject({ status: 403 });
    expect(await upgrade(url, { cookie, origin: "https://shop.example.com" })).toMatchObject({ sub: "ada" });
  });

  test("while the session store is away is 503", async () => {
    const { url, cookie, store } = await startSignedIn();
    store.fail("get");
    expect(await upgrade(url, { cookie })).toEqual({ code: "OIDC_STATE_UNAVAILABLE", status: 503 });
  });

  test("in an app that mounts its own session is known once that has run", async () => {
    const own = session({ secret: "the app's own secret", resave: false, saveUninitialized: false });
    const { app, signIn } = await startScriptedWorld({ before: (testApp) => testApp.use(own as never) });
    const { browser } = await signIn();
    const url = await startUpgrades(async (req) => {
      await new Promise((resolve) => own(req as never, {} as never, resolve));
      return whoIs(app.instance, req);
    });
    const cookie = browser.cookies.header(new URL(app.baseUrl));
    expect(await upgrade(url, { cookie })).toMatchObject({ sub: "ada" });
  });

  test("with an access token is the token's, by the guard of the API", async () => {
    const { app, provider } = await startScriptedWorld();
    const guard = requireBearer({ audience: apiAudience });
    const url = await startUpgrades(async (req) => {
      await app.instance.authenticate(req);
      return { sub: (await guard.authenticate(req)).claims.sub };
    });
    const authorization = `Bearer ${await provider.accessToken({ sub: "robot" })}`;
    expect(await upgrade(url, { authorization })).toEqual({ sub: "robot" });
    expect(await upgrade(url, { authorization: "Bearer rubbish" })).toEqual({
      code: "OIDC_BEARER_INVALID",
      status: 401,
    });
    expect(await upgrade(url, {})).toEqual({ code: "OIDC_BEARER_MISSING", status: 401 });
  });
});

describe("a request that auth() has recognised", () => {
  test("is not read again: authenticate() gives the same context", async () => {
    const { app, signIn } = await startScriptedWorld({
      routes: (testApp) =>
        testApp.get("/same", async (req, res) => {
          const same = (await app.instance.authenticate(req)) === (req as { oidc?: unknown }).oidc;
          res.end(JSON.stringify({ same }));
        }),
    });
    expect((await signIn("/same")).page.json()).toEqual({ same: true });
  });
});
