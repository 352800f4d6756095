/**
 * The whole demo: provider and app, each on a socket of its own.
 * @module
 */
import { randomBytes } from "node:crypto";
import { createDemoApp } from "./app.js";
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
}

/** The running demo. */
export interface Demo {
  /** Where people reach the app. */
  readonly url: string;
  readonly provider: EmbeddedProvider;
  close(): Promise<void>;
}

/** Starts provider and app. */
export async function startDemo({ port, providerPort, accessTokenLifetime }: DemoOptions): Promise<Demo> {
  const server = await openServer(port);
  const url = `http://localhost:${server.port}`;
  const client = demoClient(url);
  const provider = await startProvider({ port: providerPort, clients: [client], accessTokenLifetime });
  const demo = createDemoApp({
    issuer: provider.issuer,
    clientId: client.client_id,
    clientSecret: client.client_secret,
    baseUrl: url,
    // New at every start: who was logged in before is asked again.
    secret: randomBytes(32).toString("base64url"),
  });
  server.answerWith(demo.app);
  return {
    url,
    provider,
    async close() {
      await server.close();
      await demo.close();
      await provider.close();
    },
  };
}
