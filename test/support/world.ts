/**
 * A whole world on this machine: a real OpenID Provider, an app, and browsers that go between them.
 * @module
 */
import { exportJWK, generateKeyPair } from "jose";
import { type Answer, Browser, type BrowserOptions } from "../../examples/demo/browser.js";
import { openServer } from "../../examples/demo/listen.js";
import {
  demoClient,
  type EmbeddedProvider,
  type ProviderOptions,
  startProvider,
} from "../../examples/demo/provider.js";
import { type AppOptions, type RunningApp, startApp } from "./app.js";

/** How the world is made. */
export interface WorldOptions extends Omit<AppOptions, "issuer" | "clientId" | "clientSecret" | "server"> {
  /** More about the provider. Its client is registered for the app. */
  readonly provider?: Omit<ProviderOptions, "port" | "baseUrl" | "clients">;
  /** More about the client, in wire names; a function is told where the app is. */
  readonly client?: ClientMembers | ((baseUrl: string) => ClientMembers);
  /**
   * The headers that a proxy adds, where `options.baseUrl` is another address than the app's own. Browsers then reach the app by that
   * address. Default: what a well-behaved proxy sends.
   */
  readonly proxyHeaders?: Readonly<Record<string, string>>;
}

type ClientMembers = Readonly<Record<string, unknown>>;

/** The running world. */
export interface World {
  readonly app: RunningApp;
  readonly provider: EmbeddedProvider;
  /** Where people reach the app. */
  readonly baseUrl: string;
  /** A new browser profile, without cookies. */
  newBrowser(options?: BrowserOptions): Browser;
  /** Opens a page of the app, logs in where the provider asks, and answers where that ends. */
  signIn(browser: Browser, path?: string, person?: Person): Promise<Answer>;
  close(): Promise<void>;
}

/** The people whom the provider knows, with their passwords. */
export const people = {
  ada: { login: "ada", password: "lovelace" },
  alan: { login: "alan", password: "turing" },
} as const;
export type Person = keyof typeof people;

/** Starts provider and app. Close it after use. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const server = await openServer(0);
  const url = `http://localhost:${server.port}`;
  const baseUrl = options.options?.baseUrl ?? url + (options.mount ?? "");
  const { callback = "/callback", postLogoutRedirect = "/logged-out" } = options.options?.routes ?? {};
  const client = {
    ...demoClient(baseUrl),
    redirect_uris: [baseUrl + callback],
    post_logout_redirect_uris: postLogoutRedirect === false ? [] : [baseUrl + postLogoutRedirect],
    ...(typeof options.client === "function" ? options.client(baseUrl) : options.client),
  };
  const provider = await startProvider({
    ...options.provider,
    clients: [client],
    configuration: { jwks: await signingKeys(), ...options.provider?.configuration },
  });
  const app = await startApp({ ...options, server, issuer: provider.issuer });
  return {
    app,
    provider,
    baseUrl,
    newBrowser: (browserOptions = {}) =>
      new Browser({ ...browserOptions, proxies: { ...proxiesOf(options, url, baseUrl), ...browserOptions.proxies } }),
    async signIn(browser, path = "/private", person = "ada") {
      const page = await browser.get(baseUrl + path);
      return page.url.origin === provider.issuer ? browser.submit(people[person]) : page;
    },
    async close() {
      await app.close();
      await provider.close();
    },
  };
}

let keys: Promise<{ keys: Record<string, unknown>[] }> | undefined;

/** Made once for all providers of a test file: it is what takes longest about them. */
export function signingKeys(): Promise<{ keys: Record<string, unknown>[] }> {
  keys ??= generateKeyPair("RS256", { extractable: true })
    .then(({ privateKey }) => exportJWK(privateKey))
    .then((key) => ({ keys: [{ ...key, use: "sig" }] }));
  return keys;
}

function proxiesOf({ proxyHeaders }: WorldOptions, url: string, baseUrl: string): BrowserOptions["proxies"] {
  const { origin, protocol, host } = new URL(baseUrl);
  if (origin === url) return {};
  const headers = proxyHeaders ?? { "x-forwarded-proto": protocol.slice(0, -1), "x-forwarded-host": host };
  return { [origin]: { to: url, headers } };
}
