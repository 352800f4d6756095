/**
 * Answers that the provider's page posts, in Chromium over https: which cookies really come along from another site, and what a person sees.
 * @module
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { openServer } from "../../examples/demo/listen.js";
import { demoClient, type EmbeddedProvider, startProvider } from "../../examples/demo/provider.js";
import { type RunningApp, sendJson, startApp } from "../support/app.js";
import { createCertificate } from "../support/certificates.js";
import { newVisitor, startChromium, type Visitor } from "../support/chromium.js";
import { grantTypesOf } from "../support/response-providers.js";
import { signingKeys } from "../support/world.js";

interface Arrival {
  readonly request: string;
  readonly headers: IncomingHttpHeaders;
}

let chromium: Browser;
let visitor: Visitor;
let page: Page;
let provider: EmbeddedProvider;
let app: RunningApp;
let site: string;
let arrivals: Arrival[];

beforeAll(async () => {
  chromium = await startChromium();
});
afterAll(() => chromium.close());
beforeEach(async () => {
  visitor = await newVisitor(chromium, { ignoreHTTPSErrors: true });
  page = visitor.page;
  arrivals = [];
});
afterEach(async () => {
  await visitor.context.close();
  await app.close();
  await provider.close();
});

/** Starts provider and app: to the browser two sites, the app's with TLS. */
async function start(
  responseType: "code" | "code id_token" | "id_token token",
  responseMode: "form_post" | "form_post.jwt",
) {
  vi.spyOn(process, "emitWarning").mockReturnValue();
  const server = await openServer(0, createCertificate("localhost"));
  site = `https://shop.localhost:${server.port}`;
  const registered = { response_types: [responseType], grant_types: grantTypesOf(responseType) };
  provider = await startProvider({
    clients: [{ ...demoClient(site), ...registered }],
    configuration: {
      jwks: await signingKeys(),
      responseTypes: [responseType],
      features: { jwtResponseModes: { enabled: true } },
    },
  });
  app = await startApp({
    server,
    issuer: provider.issuer,
    needsReqSession: true,
    options: { baseUrl: site, responseType, responseMode },
    before: (testApp) =>
      testApp.use((req, _res, next) => {
        arrivals.push({ request: `${req.method} ${(req.url ?? "").split("?")[0]}`, headers: req.headers });
        next();
      }),
    routes: (testApp) =>
      testApp.get("/cart", (req, res) => {
        const own = (req as unknown as { session: { seen?: number } }).session;
        own.seen = (own.seen ?? 0) + 1;
        sendJson(res, own.seen);
      }),
  });
}

async function logIn(path: string): Promise<void> {
  await page.goto(site + path);
  await page.getByLabel("Login").fill("ada");
  await page.getByLabel("Password").fill("lovelace");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(site + path);
}

/** The kinds of cookies that came with a request. */
function cookiesWith(request: string): string[] {
  const arrived = arrivals.findLast((arrival) => arrival.request === request);
  const names = (arrived?.headers.cookie ?? "").split("; ").map((cookie) => cookie.split("=")[0] ?? "");
  return names.map((name) => /-(login|session)-/.exec(name)?.[1] ?? name).sort();
}

const read = async () => JSON.parse((await page.locator("body").textContent()) ?? "") as unknown;

test.each([
  ["code", "form_post"],
  ["code id_token", "form_post"],
  ["id_token token", "form_post"],
  ["code id_token", "form_post.jwt"],
] as const)("%s by %s: the post brings the attempt, the visit behind it the session too", async (type, mode) => {
  await start(type, mode);
  await page.goto(`${site}/cart`);
  await logIn("/private");
  expect(await read()).toEqual({ sub: "user-ada" });
  expect(arrivals.map(({ request }) => request).filter((request) => request.includes("callback"))).toEqual([
    "POST /callback",
    "GET /callback",
  ]);
  expect(arrivals.find(({ request }) => request === "POST /callback")?.headers["sec-fetch-site"]).toBe("cross-site");
  expect(cookiesWith("POST /callback")).toEqual(["login"]);
  expect(cookiesWith("GET /callback")).toEqual(["login", "session"]);
  await page.goto(`${site}/cart`);
  expect(await read()).toBe(2);
  expect(app.errors).toEqual([]);
});

test("a logout afterwards goes on at the provider, and ends the login here", async () => {
  await start("code id_token", "form_post");
  await logIn("/private");
  await page.goto(`${site}/logout`);
  await page.waitForURL(`${site}/`);
  expect(provider.calls["/session/end"]).toBe(1);
  expect(await read()).toEqual({ user: null });
});

test("a page of another site that posts a stranger's answer signs nobody in", async () => {
  await start("code id_token", "form_post");
  await page.goto(`${site}/cart`);
  await page.goto(`${provider.issuer}/.well-known/openid-configuration`);
  await page.evaluate((action) => {
    const form = Object.assign(document.createElement("form"), { method: "post", action });
    for (const [name, value] of [
      ["state", "A".repeat(22)],
      ["code", "theirs"],
      ["id_token", "theirs"],
    ] as const) {
      form.append(Object.assign(document.createElement("input"), { name, value }));
    }
    document.body.append(form);
    form.submit();
  }, `${site}/callback`);
  await page.getByLabel("Login").waitFor();
  expect(provider.calls["/token"]).toBeUndefined();
  await page.goto(`${site}/`);
  expect(await read()).toEqual({ user: null });
});
