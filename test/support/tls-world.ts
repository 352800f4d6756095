/**
 * A real provider that speaks TLS and asks for a client certificate, and an app that shows one. The app itself is behind a proxy
 * that ends TLS, so that people reach it by https.
 * @module
 */
import type { ServerOptions } from "node:https";
import type { TLSSocket } from "node:tls";
import type { AuthOptions, HttpOptions } from "express-oidc";
import { onTestFinished } from "vitest";
import type { BrowserOptions } from "../../examples/demo/browser.js";
import { certificateJwk, createCertificate } from "./certificates.js";
import { certifiedFetch } from "./certified-fetch.js";
import { startWorld, type World, type WorldOptions } from "./world.js";

/** How the world is made. */
export interface TlsWorldOptions extends Omit<WorldOptions, "options"> {
  /** More options of `auth()`. */
  readonly options?: Partial<AuthOptions>;
  /** Who has signed the app's certificate. Default: the authority that the provider trusts. */
  readonly signedBy?: "authority" | "itself" | "nobody";
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
  const name = "an authority for tests";
  const authority = { name, ...createCertificate(name) };
  const server = createCertificate("localhost", authority);
  const { signedBy = "authority" } = options;
  const certificate = createCertificate("the shop", signedBy === "authority" ? authority : undefined);
  const asked: string[] = [];
  const fetchCertified = certifiedFetch(authority.cert, signedBy === "nobody" ? undefined : certificate);
  const tls = { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: false };
  const world = await startWorld({
    ...options,
    provider: {
      ...options.provider,
      tls,
      configuration: { ...options.provider?.configuration, ...mutualTls(options.provider?.configuration?.features) },
    },
    client: (url) => ({
      tls_client_auth_subject_dn: "CN=the shop",
      jwks: { keys: [certificateJwk(certificate)] },
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
  const newBrowser = (more: BrowserOptions = {}) => world.newBrowser({ ca: authority.cert, ...more });
  return { ...world, asked, tls, plainFetch: certifiedFetch(authority.cert), newBrowser };
}

/** How the provider reads certificates: from the connection, which in production is often a proxy's affair. */
function mutualTls(features: object | undefined) {
  const socketOf = ({ req }: { req: { socket: unknown } }) => req.socket as TLSSocket;
  return {
    clientAuthMethods: ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth", "client_secret_basic"],
    features: {
      ...features,
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        selfSignedTlsClientAuth: true,
        tlsClientAuth: true,
        getCertificate: (ctx: { req: { socket: unknown } }) => pemOf(socketOf(ctx)),
        certificateAuthorized: (ctx: { req: { socket: unknown } }) => socketOf(ctx).authorized,
        certificateSubjectMatches: (ctx: { req: { socket: unknown } }, _property: string, expected: string) =>
          `CN=${String(socketOf(ctx).getPeerCertificate().subject.CN)}` === expected,
      },
    },
  };
}

function pemOf(socket: TLSSocket): string | undefined {
  return socket.getPeerX509Certificate()?.toString();
}
