/**
 * What `NODE_DEBUG=express-oidc` tells: each decision in one line, and nothing that must stay secret.
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { appSecret } from "../support/app.js";
import { type ScriptedProvider, startScriptedProvider } from "../support/scripted-provider.js";

const program = fileURLToPath(new URL("../support/traced-app.js", import.meta.url));

/** The program, told by `NODE_DEBUG` what to tell. */
async function startProgram(provider: ScriptedProvider, debug: string) {
  const options = JSON.stringify({ ...provider.registration, secret: appSecret });
  const env = { PATH: process.env["PATH"], NODE_DEBUG: debug };
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [program, options], { env });
  onTestFinished(() => void child.kill());
  const errors: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  const [line] = (await Promise.race([once(child.stdout, "data"), once(child, "exit")])) as [unknown];
  const url = `http://localhost:${Number(String(line))}`;
  return {
    url,
    end: async () => {
      child.stdin.end();
      await once(child, "close");
      return Buffer.concat(errors).toString();
    },
  };
}

/** Everything that can happen to a person, once. */
async function liveThrough(url: string, provider: ScriptedProvider): Promise<Browser> {
  const browser = new Browser();
  await browser.get(`${url}/callback?error=access_denied&state=a-state-of-nobody`);
  await browser.fetch(`${url}/private`);
  await browser.get(`${url}/private?ticket=a-secret-in-the-query`);
  await browser.get(`${url}/barred`);
  await browser.get(`${url}/fresh`);
  await browser.fetch(`${url}/refresh`);
  provider.fail("refresh", { status: 400, json: { error: "invalid_grant", error_description: "rt-echoed" } });
  await browser.fetch(`${url}/refresh`);
  const begun = await browser.get(`${url}/private`, { followRedirects: false });
  browser.cookies.clear();
  await browser.follow(begun.redirect ?? "");
  provider.fail("refresh", { status: 503 });
  await browser.fetch(`${url}/refresh`);
  await browser.follow(`${url}/logout`);
  return browser;
}

/** Every value that went by and must not be told. */
function secretsOf(browser: Browser, provider: ScriptedProvider): string[] {
  const names = ["state", "nonce", "code", "code_verifier", "code_challenge", "refresh_token", "id_token_hint"];
  const asked = provider.seen.flatMap(({ query, form }) => names.flatMap((name) => [query.get(name), form.get(name)]));
  const cookies = browser.history.flatMap(({ headers }) =>
    headers.getSetCookie().map((line) => line.slice(line.indexOf("=") + 1, line.indexOf(";"))),
  );
  const others = [appSecret, provider.clientSecret ?? "", "a-secret-in-the-query", "a-state-of-nobody"];
  const found = [...asked, ...cookies, ...others].filter((value) => value !== null && value.length > 5);
  return [...new Set(found)] as string[];
}

describe("NODE_DEBUG=express-oidc", () => {
  test("tells each decision in one line, without a token, code, state or secret", async () => {
    const provider = await startScriptedProvider();
    const { url, end } = await startProgram(provider, "express-oidc");
    const browser = await liveThrough(url, provider);
    const told = await end();
    const lines = told.trim().split("\n");
    expect(lines.filter((line) => !/^EXPRESS-OIDC \d+: \S.*$/.test(line))).toEqual([]);
    const secrets = secretsOf(browser, provider);
    expect(secrets.length).toBeGreaterThan(20);
    expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
    expect(told).not.toMatch(/\b(at|rt|code)-[0-9a-f-]{8}|eyJ|rt-echoed/);
    for (const decision of [
      /login: begins, back to \/private afterwards/,
      /login: begins again/,
      /login: done/,
      /guard: 401 OIDC_SESSION_MISSING/,
      /OIDC_LOGIN_UNKNOWN_STATE/,
      /OIDC_CLAIMS_REJECTED/,
      /OIDC_STEP_UP_UNMET/,
      /renewal: done/,
      /renewal: the provider has ended this login/,
      /renewal: .*OIDC_PROVIDER_UNAVAILABLE/,
      /logout: done/,
    ]) {
      expect(told).toMatch(decision);
    }
  });

  test("is silent without it", async () => {
    const provider = await startScriptedProvider();
    const { url, end } = await startProgram(provider, "");
    await liveThrough(url, provider);
    expect(await end()).toBe("");
  });
});
