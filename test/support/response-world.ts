/**
 * An app behind a proxy that ends TLS, a provider that sends every type of answer in every mode, and browsers; all end with the test.
 * @module
 */
import { type AuthOptions, type ClientAuth, oidcOf, requireAuth } from "express-oidc";
import { onTestFinished } from "vitest";
import { type Answer, Browser, type VisitOptions } from "../../examples/demo/browser.js";
import { openServer } from "../../examples/demo/listen.js";
import { appSecret, type RunningApp, startApp } from "./app.js";
import { type ProviderName, type ResponseType, startProviderFor } from "./response-providers.js";
import { answerWith, type ScriptedWorld, type ScriptedWorldOptions, startScriptedWorld } from "./scripted-world.js";
import { people } from "./world.js";

export type ResponseMode = NonNullable<AuthOptions["responseMode"]>;

/** How the world is made. */
export interface ResponseSetup {
  readonly at?: ProviderName;
  readonly type?: ResponseType;
  /** Default: that of the option. */
  readonly mode?: ResponseMode | undefined;
  readonly way?: ClientAuth;
  readonly options?: Partial<AuthOptions>;
}

/** The running world. */
export interface ResponseWorld extends Visitors {
  readonly app: RunningApp;
  /** The origin of the provider's pages. */
  readonly provider: string;
}

/** People who visit the app. */
export interface Visitors {
  readonly newBrowser: () => Browser;
  /** Logs in up to what the provider's page sends to the app, which nobody has sent yet. */
  readonly upToAnswer: (browser: Browser, path?: string) => Promise<Sent>;
  /** A whole login. */
  readonly signIn: (browser: Browser, path?: string) => Promise<Answer>;
}

/** What is sent to the app. */
export interface Sent {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly fields: Readonly<Record<string, string>>;
}

/** Where people reach the app. */
export const site = "https://shop.example";

/** Starts a world. Beside the ready routes there is `/held`, guarded. */
export async function openResponseWorld(setup: ResponseSetup = {}): Promise<ResponseWorld> {
  const { type = "code", mode, way = "client_secret_basic", at = "oidc-provider" } = setup;
  const options: Partial<AuthOptions> = {
    responseType: type,
    ...(mode !== undefined && { responseMode: mode }),
    clientAuth: way,
    baseUrl: site,
    secret: appSecret,
    ...setup.options,
  };
  const server = await openServer(0);
  const provider = await startProviderFor({ at, type, way, site, options });
  const app = await startApp({
    server,
    issuer: provider.origin,
    options: provider.options,
    routes: (testApp) =>
      testApp.get(
        "/held",
        requireAuth(),
        answerWith((req) => heldBy(req)),
      ),
  });
  onTestFinished(async () => {
    await app.close();
    await provider.close();
  });
  return { app, provider: provider.origin, ...visitorsOf(server.port, provider.ca) };
}

/** The same with a scripted provider, which asks nobody: for answers that no honest one sends. */
export async function openScriptedResponses(
  setup: Pick<ResponseSetup, "type" | "mode"> & ScriptedWorldOptions = {},
): Promise<Omit<ScriptedWorld, "signIn"> & Visitors> {
  const { type, mode, options, ...more } = setup;
  const response = {
    ...(type !== undefined && { responseType: type }),
    ...(mode !== undefined && { responseMode: mode }),
  };
  const world = await startScriptedWorld({ ...more, options: { baseUrl: site, ...response, ...options } });
  return { ...world, ...visitorsOf(Number(new URL(world.app.url).port)) };
}

function visitorsOf(port: number, ca?: string): Visitors {
  const proxies = { [site]: { to: `http://localhost:${port}`, headers: { "x-forwarded-proto": "https" } } };
  const upToAnswer = (browser: Browser, path = "/private") => goUpToAnswer(browser, site + path);
  return {
    newBrowser: () => new Browser({ proxies, ...(ca !== undefined && { ca }) }),
    upToAnswer,
    signIn: async (browser, path) => deliver(browser, await upToAnswer(browser, path)),
  };
}

type Req = Parameters<Parameters<typeof answerWith>[0]>[0];

function heldBy(req: Req) {
  const { user, idToken, accessToken, refreshToken } = oidcOf(req);
  return { sub: user?.sub, idToken, accessToken, refreshToken };
}

async function goUpToAnswer(browser: Browser, url: string): Promise<Sent> {
  let page = await browser.get(url, { followRedirects: false });
  const isOurs = (target: URL | undefined) => target?.origin === site;
  for (let count = 0; count < 10; count += 1) {
    const [form] = page.forms;
    if (isOurs(page.redirect)) return sentBy("GET", page.redirect as URL, []);
    if (form !== undefined && isOurs(form.action)) return sentBy("POST", form.action, form.fields);
    const options = { followRedirects: false };
    page =
      page.redirect === undefined
        ? await browser.submit(people.ada, options)
        : await browser.follow(page.redirect, options);
  }
  throw new Error(`The provider sends nothing back: ${page.status} ${page.text}`);
}

function sentBy(method: Sent["method"], url: URL, fields: readonly (readonly [string, string])[]): Sent {
  return { method, url, fields: Object.fromEntries(method === "GET" ? url.searchParams : fields) };
}

/** Sends it, as the provider's page or somebody else's does, with other values for some fields. */
export function deliver(
  browser: Browser,
  sent: Sent,
  changes: Readonly<Record<string, string>> = {},
  options: VisitOptions = {},
): Promise<Answer> {
  const fields = { ...sent.fields, ...changes };
  if (sent.method === "POST") return browser.post(sent.url, fields, options);
  const url = new URL(sent.url);
  url.search = new URLSearchParams(fields).toString();
  return browser.follow(url, options);
}

/** The same up to what the callback says of it, and no further: no other login begins by itself. */
export async function deliverOnly(
  browser: Browser,
  sent: Sent,
  changes: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const options = { followRedirects: false };
  const answer = await deliver(browser, sent, changes, options);
  return sent.method === "POST" && answer.redirect !== undefined ? browser.follow(answer.redirect, options) : answer;
}

/** Who is signed in in a browser. */
export async function whoIsIn(browser: Browser): Promise<unknown> {
  return ((await browser.get(`${site}/`)).json() as { user: unknown }).user;
}

/** A token with one letter of its last part changed. */
export function spoiled(token: string): string {
  const at = token.length - 20;
  return token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
}
