/**
 * The whole demo: provider and app, each on a socket of its own.
 * @module
 */
import { randomBytes } from "node:crypto";
import type { AuthOptions } from "express-oidc";
import { genauth } from "express-oidc/genauth";
import { createDemoApp } from "./app.js";
import { startGenauth } from "./genauth.js";
import { openServer } from "./listen.js";
import { demoClient, type EmbeddedProvider, startProvider } from "./provider.js";

/** Where the demo listens, and how long its access tokens live. */
export interface DemoOptions {
  /** First port to try for the app; 0 lets the system choose. */
  readonly port: number;
  /** First port to try for the provider; 0 lets the system choose. */
  readonly providerPort: number;
  /** Seconds. */
  readonly accessTokenLifetime: number;
  /** Whether the provider is an emulated GenAuth. Default `false`. */
  readonly genauth?: boolean;
}

/** The running demo. */
export interface Demo {
  /** Where people reach the app. */
  readonly url: string;
  readonly provider: EmbeddedProvider;
  /** The path of the provider's token endpoint. */
  readonly tokenPath: string;
  close(): Promise<void>;
}

/** Starts provider and app. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const server = await openServer(options.port);
  const url = `http://localhost:${server.port}`;
  const start = options.genauth === true ? startWithGenauth : startWithProvider;
  const { provider, login, tokenPath } = await start(options, url);
  // New at every start: who was logged in before is asked again.
  const demo = createDemoApp({ ...login, secret: randomBytes(32).toString("base64url") });
  server.answerWith(demo.app);
  return {
    url,
    provider,
    tokenPath,
    async close() {
      await server.close();
      await demo.close();
      await provider.close();
    },
  };
}

interface Started {
  readonly provider: EmbeddedProvider;
  readonly login: AuthOptions;
  readonly tokenPath: string;
}

async function startWithProvider({ providerPort, accessTokenLifetime }: DemoOptions, url: string): Promise<Started> {
  const client = demoClient(url);
  const provider = await startProvider({ port: providerPort, clients: [client], accessTokenLifetime });
  const { client_id: clientId, client_secret: clientSecret } = client;
  return { provider, login: { issuer: provider.issuer, clientId, clientSecret, baseUrl: url }, tokenPath: "/token" };
}

async function startWithGenauth({ providerPort, accessTokenLifetime }: DemoOptions, url: string): Promise<Started> {
  const provider = await startGenauth({ port: providerPort, baseUrl: url, accessTokenLifetime });
  const scope = "openid profile email phone offline_access";
  const login = genauth({ ...provider.app, redirectUri: `${url}/callback`, scope });
  return { provider, login, tokenPath: "/oidc/token" };
}
