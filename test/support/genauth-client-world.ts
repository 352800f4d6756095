/**
 * An emulated GenAuth and an app that uses it by AuthenticationClient; both end with the test.
 * @module
 */
import { randomUUID } from "node:crypto";
import { AuthenticationClient, type AuthenticationClientOptions, type GenauthProtocol } from "express-oidc/genauth";
import { onTestFinished } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { type EmulatedGenauth, type GenauthSetup, startGenauth } from "../../examples/demo/genauth.js";
import { openServer } from "../../examples/demo/listen.js";
import { people, signingKeys } from "./world.js";

/** How the app is set up at GenAuth. */
export type ClientVariant = Pick<GenauthSetup, "idTokenSigningAlg" | "accessTokens" | "envelope"> & {
  readonly protocol?: GenauthProtocol;
};

/** The running world. */
export interface GenauthClientWorld {
  readonly genauth: EmulatedGenauth;
  readonly redirectUri: string;
  readonly logoutUri: string;
  readonly client: AuthenticationClient;
  /** Another client of the same app. */
  readonly create: (options?: Partial<AuthenticationClientOptions>) => AuthenticationClient;
  /** Goes where a login begins, logs in, and answers what comes back. */
  readonly visit: (url: string, browser?: Browser) => Promise<URLSearchParams>;
  /** Logs in, and answers the code with the nonce of its login. */
  readonly logIn: (browser?: Browser) => Promise<{ readonly code: string; readonly nonce?: string }>;
}

/** Starts both. */
export async function startGenauthClient(variant: ClientVariant = {}): Promise<GenauthClientWorld> {
  const { protocol = "oidc", ...setup } = variant;
  const server = await openServer(0);
  server.answerWith((_req, res) => void res.end("You are back."));
  const baseUrl = `http://localhost:${server.port}`;
  const [key = {}] = (await signingKeys()).keys;
  const genauth = await startGenauth({ ...setup, baseUrl, key, accessTokenLifetime: 3600 });
  onTestFinished(async () => {
    await server.close();
    await genauth.close();
  });
  const redirectUri = `${baseUrl}/callback`;
  const create = (options: Partial<AuthenticationClientOptions> = {}) =>
    new AuthenticationClient({ ...genauth.app, redirectUri, protocol, ...options });
  const client = create();
  const visit = async (url: string, browser = new Browser()): Promise<URLSearchParams> => {
    await browser.get(url);
    return (await browser.submit(people.ada)).url.searchParams;
  };
  return {
    genauth,
    redirectUri,
    logoutUri: `${baseUrl}/logged-out`,
    client,
    create,
    visit,
    async logIn(browser) {
      const state = randomUUID();
      const scope = protocol === "oidc" ? "openid profile email offline_access" : "user";
      const url = client.buildAuthorizeUrl({ state, scope });
      const back = await visit(url, browser);
      if (back.get("state") !== state) throw new Error("Another state came back.");
      const nonce = new URL(url).searchParams.get("nonce");
      return { code: back.get("code") ?? "", ...(nonce !== null && { nonce }) };
    },
  };
}
