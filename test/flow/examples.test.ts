/**
 * The short programs of `examples`, each started as its first lines say.
 * @module
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../../examples/cluster/server-process.js";
import { Browser } from "../../examples/demo/browser.js";
import { startGenauth } from "../../examples/demo/genauth.js";
import { demoClient, startProvider } from "../../examples/demo/provider.js";
import { refusalIn } from "../support/api-world.js";
import { ask } from "../support/asking.js";
import { createCertificate } from "../support/certificates.js";
import { certifiedFetch } from "../support/certified-fetch.js";
import { strict } from "../support/fapi-provider.js";
import { startOAuth2Provider } from "../support/oauth2-world.js";
import { ordersAudience, startOrdersApi } from "../support/orders-api.js";
import { publicJwk, signingKey } from "../support/scripted/signing.js";
import { apiAudience, startScriptedProvider } from "../support/scripted-provider.js";
import { people } from "../support/world.js";

/** Starts a program, and answers the origin in the first line that it prints. */
async function startExample(name: string, env: Readonly<Record<string, string>>): Promise<string> {
  // `npm test` has built it
  const program = fileURLToPath(new URL(`../../build/examples/${name}.js`, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [program], { env: { PATH: process.env["PATH"], ...env } });
  onTestFinished(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part) => (printed += String(part)));
  await expect.poll(() => printed, { timeout: 10_000 }).toMatch(/http:\/\/localhost:\d+/);
  return /http:\/\/localhost:\d+/.exec(printed)?.[0] ?? "";
}

/** Runs a program to its end, and answers what it has printed. */
async function runExample(name: string, env: Readonly<Record<string, string>>): Promise<string> {
  const program = fileURLToPath(new URL(`../../build/examples/${name}.js`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program], {
    env: { PATH: process.env["PATH"], ...env },
  });
  return stdout;
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe("the API", () => {
  test("takes tokens for itself, and narrows what they may do", async () => {
    const provider = await startScriptedProvider();
    const url = await startExample("api", { ISSUER: provider.issuer, AUDIENCE: apiAudience, PORT: "0" });
    const token = await provider.accessToken({ scope: "orders:read" });
    expect((await ask(`${url}/api/me`, bearer(token))).json()).toEqual({
      sub: "ada",
      scopes: ["orders:read"],
      clientId: "a-program",
    });
    expect((await ask(`${url}/api/orders`, bearer(token))).json()).toEqual([{ id: 42 }]);
    expect(refusalIn(await ask(`${url}/api/orders/1`, { ...bearer(token), method: "DELETE" }))).toMatchObject({
      status: 403,
      code: "OIDC_BEARER_SCOPE_MISSING",
    });
    expect((await ask(`${url}/api/me`)).status).toBe(401);
  });
});

describe("the app for people and programs", () => {
  test("knows either", async () => {
    const provider = await startScriptedProvider();
    const port = await freePort();
    const url = await startExample("session-or-bearer", {
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_CLIENT_SECRET: provider.clientSecret ?? "",
      OIDC_BASE_URL: `http://localhost:${port}`,
      OIDC_SECRET: "a secret of the example that is long enough",
      AUDIENCE: apiAudience,
      PORT: String(port),
    });
    const page = await new Browser().get(`${url}/me`);
    expect(page.json()).toEqual({ sub: "ada", with: "a login" });
    const token = await provider.accessToken({ sub: "robot", scope: "reports" });
    expect((await ask(`${url}/me`, bearer(token))).json()).toEqual({ sub: "robot", with: "an access token" });
    expect((await ask(`${url}/reports`, bearer(token))).json()).toEqual([]);
    expect((await ask(`${url}/me`)).status).toBe(401);
  });
});

describe("the program that calls an API", () => {
  test("gets a token for itself, and a new one when the API refuses the first", async () => {
    const provider = await startScriptedProvider();
    const api = await startExample("api", { ISSUER: provider.issuer, AUDIENCE: apiAudience, PORT: "0" });
    const token = await provider.accessToken({ sub: "nightly", scope: "orders:read" });
    const env = {
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_CLIENT_SECRET: provider.clientSecret ?? "",
      API: `${api}/api/orders`,
    };
    provider.script.granted = { access_token: token };
    expect(await runExample("machine-to-machine", env)).toBe('200 [{"id":42}]\n');
    expect(provider.lastCall("grant")?.form.get("scope")).toBe("orders:read");
    provider.script.granted = {};
    expect(await runExample("machine-to-machine", env)).toMatch(/^401 /);
    expect(provider.calls("grant")).toBe(3);
  }, 30_000);
});

describe("the app at GenAuth", () => {
  test("logs people in, and guards its API", async () => {
    const port = await freePort();
    const provider = await startGenauth({ baseUrl: `http://localhost:${port}`, idTokenSigningAlg: "HS256" });
    onTestFinished(() => provider.close());
    const { appId, appSecret, appHost } = provider.app;
    const url = await startExample("genauth", {
      GENAUTH_APP_ID: appId,
      GENAUTH_APP_SECRET: appSecret,
      GENAUTH_APP_HOST: appHost,
      GENAUTH_ALG: "HS256",
      OIDC_SECRET: "a secret of the example that is long enough",
      PORT: String(port),
    });
    const browser = new Browser();
    await browser.get(`${url}/me`);
    expect((await browser.submit(people.ada)).json()).toEqual({ sub: "user-ada", name: "Ada Lovelace" });
    expect((await ask(`${url}/api/me`, bearer("no token of GenAuth's"))).status).toBe(400);
    expect((await ask(`${url}/api/me`)).status).toBe(401);
  });
});

describe("the app by the FAPI 2.0 profile", () => {
  test("logs people in with its key, and calls an API with tokens that are bound to the login's", async () => {
    const authority = { name: "an authority for tests", ...createCertificate("an authority for tests") };
    const tls = createCertificate("localhost", authority);
    const clientKey = signingKey("ES256", 9);
    const files = await mkdtemp(join(tmpdir(), "fapi2-"));
    onTestFinished(() => rm(files, { recursive: true }));
    const [caFile, keyFile] = [join(files, "ca.pem"), join(files, "client-key.pem")];
    await writeFile(caFile, authority.cert);
    await writeFile(keyFile, clientKey.privateKey.export({ type: "pkcs8", format: "pem" }));
    const baseUrl = "https://shop.example";
    const provider = await startProvider({
      tls,
      configuration: { ...strict, clientAuthMethods: ["private_key_jwt"] },
      clients: [
        {
          ...demoClient(baseUrl),
          client_secret: undefined,
          token_endpoint_auth_method: "private_key_jwt",
          jwks: { keys: [publicJwk(clientKey)] },
          id_token_signed_response_alg: "PS256",
          dpop_bound_access_tokens: true,
        },
      ],
    });
    onTestFinished(() => provider.close());
    const http = { fetch: certifiedFetch(authority.cert) };
    const api = await startOrdersApi({ issuer: provider.issuer, http, dpop: { required: true } }, { tls });
    const port = await freePort();
    const url = await startExample("fapi2", {
      NODE_EXTRA_CA_CERTS: caFile,
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: demoClient().client_id,
      OIDC_BASE_URL: baseUrl,
      OIDC_SCOPE: "openid offline_access orders:read",
      OIDC_SECRET: "a secret of the example that is long enough",
      CLIENT_KEY: keyFile,
      API: api.url,
      RESOURCE: ordersAudience,
      PORT: String(port),
    });
    const headers = { "x-forwarded-proto": "https", "x-forwarded-host": "shop.example" };
    const browser = new Browser({ ca: authority.cert, proxies: { [baseUrl]: { to: url, headers } } });
    await browser.get(`${baseUrl}/me`);
    expect((await browser.submit(people.ada)).json()).toEqual({ sub: "user-ada" });
    expect((await browser.get(`${baseUrl}/api`)).json()).toMatchObject({ sub: "user-ada", scheme: "DPoP" });
  }, 30_000);
});

describe("the app without ID tokens", () => {
  test("knows the person by the number that userinfo gives", async () => {
    const provider = await startOAuth2Provider();
    provider.script.userinfo = { sub: undefined, id: 5678, login: "ada" };
    const { issuer } = provider;
    const port = await freePort();
    const url = await startExample("oauth2-only", {
      ISSUER: issuer,
      AUTHORIZATION_ENDPOINT: `${issuer}/authorize`,
      TOKEN_ENDPOINT: `${issuer}/token`,
      USERINFO_ENDPOINT: `${issuer}/userinfo`,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_CLIENT_SECRET: provider.clientSecret ?? "",
      OIDC_SECRET: "a secret of the example that is long enough",
      PORT: String(port),
    });
    expect((await new Browser().get(`${url}/me`)).json()).toEqual({ sub: "5678", login: "ada" });
  });
});
