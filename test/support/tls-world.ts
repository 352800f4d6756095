/**
 * A real provider that speaks TLS and asks for a client certificate, and an app that shows one. The app itself is behind a proxy
 * that ends TLS, so that people reach it by https.
 * @module
 */
import type { ServerOptions } from "node:https";
import type { AuthOptions, HttpOptions } from "express-oidc";
import { onTestFinished } from "vitest";
import type { BrowserOptions } from "../../examples/demo/browser.js";
import { createMutualTls, mutualTlsFeature, type SignedBy } from "./mutual-tls.js";
import { startWorld, type World, type WorldOptions } from "./world.js";

/** How the world is made. */
export interface TlsWorldOptions extends Omit<WorldOptions, "options"> {
  /** More options of `auth()`. */
  readonly options?: Partial<AuthOptions>;
  /** Who has signed the app's certificate. Default: the authority that the provider trusts. */
  readonly signedBy?: SignedBy;
}

/** The running world. */
export interface TlsWorld extends World {
  /** Where the app asks the provider, oldest first. */
  readonly asked: string[];
  /** How a server on this machine speaks TLS in this world, and asks for a client certificate. */
  readonly tls: ServerOptions;
  /** A `fetch` that trusts this world's servers and shows no certificate. */
  readonly plainFetch: NonNullable<HttpOptions["fetch"]>;
}

/** Where people reach the app. */
const baseUrl = "https://shop.example";

/** Starts a world that ends with the test. The certificate is registered by its subject and by its key. */
export async function openTlsWorld(options: TlsWorldOptions = {}): Promise<TlsWorld> {
  const { ca, tls, fetch: fetchCertified, ...pair } = createMutualTls(options.signedBy);
  const asked: string[] = [];
  const { configuration } = options.provider ?? {};
  const world = await startWorld({
    ...options,
    provider: {
      ...options.provider,
      tls,
      configuration: {
        ...configuration,
        clientAuthMethods: ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth", "client_secret_basic"],
        features: { ...configuration?.features, mTLS: mutualTlsFeature },
      },
    },
    client: (url) => ({
      ...pair.client,
      ...(typeof options.client === "function" ? options.client(url) : options.client),
    }),
    options: {
      baseUrl,
      ...options.options,
      http: {
        fetch: (url, init) => {
          asked.push(new URL(url).pathname);
          return fetchCertified(url, init);
        },
      },
    },
  });
  onTestFinished(() => world.close());
  const newBrowser = (more: BrowserOptions = {}) => world.newBrowser({ ca, ...more });
  return { ...world, asked, tls, plainFetch: pair.plainFetch, newBrowser };
}
