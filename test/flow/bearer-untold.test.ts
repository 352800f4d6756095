/**
 * What is told of access tokens: in the lines of `NODE_DEBUG`, in errors that an app logs, in answers. Never a token (RFC 6750 5.3).
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { type RequireBearerOptions, requireBearer } from "express-oidc";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Answer } from "../../examples/demo/browser.js";
import { startApi } from "../support/api-world.js";
import { ask } from "../support/asking.js";
import { breakSignature, leaveUnsigned, signWithForeignKey, signWithPublicKey } from "../support/scripted/signing.js";
import { apiAudience, type ScriptedProvider, startScriptedProvider } from "../support/scripted-provider.js";

const program = fileURLToPath(new URL("../support/traced-api.js", import.meta.url));

/** A token for each decision of a guard, and rubbish. */
async function tokensOf(issuer: ScriptedProvider): Promise<string[]> {
  const past = Math.floor(Date.now() / 1000) - 1000;
  return [
    await issuer.accessToken(),
    await issuer.accessToken({ exp: past }),
    await issuer.accessToken({ aud: "a-secret-audience" }),
    await issuer.accessToken({ iss: "https://a-secret-issuer.example" }),
    await issuer.accessToken({ client_id: undefined, scope: undefined, jti: "a-secret-jti" }),
    await issuer.accessToken({ cnf: { jkt: "a-secret-thumbprint" } }),
    await issuer.accessToken({}, { typ: "a-secret-typ" }),
    await issuer.accessToken({}, { kid: "a-secret-kid" }, signWithForeignKey),
    await issuer.accessToken({}, {}, breakSignature),
    await issuer.accessToken({}, {}, leaveUnsigned),
    await issuer.accessToken({}, {}, signWithPublicKey),
    await issuer.logoutToken(),
    "a-secret-opaque-token",
    "a-secret!token",
    `${Buffer.from("{ a-secret-header").toString("base64url")}.${Buffer.from("a-secret-payload").toString("base64url")}.AAAA`,
  ];
}

/** What may not be found anywhere: the parts of each token, and what only the refused ones say. */
function secretsOf(tokens: readonly string[]): readonly string[] {
  const parts = tokens.flatMap((token) => token.split(".")).filter((part) => part.length > 8 && !part.startsWith("a-"));
  return [...new Set(parts.map((part) => part.slice(-24))), "a-secret"];
}

function found(secrets: readonly string[], text: string): readonly string[] {
  return secrets.filter((secret) => text.includes(secret));
}

const textOf = ({ headers, body }: Answer) => `${JSON.stringify([...headers])}\n${body}`;

/** Brings each token everywhere and in each place. */
async function bringAll(url: string, tokens: readonly string[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const token of tokens) {
    for (const path of ["/", "/admin", "/claims", "/fresh", "/own", `/?access_token=${token}`])
      answers.push(await ask(url + path, { headers: { authorization: `Bearer ${token}` } }));
    answers.push(await ask(url, { headers: { authorization: `DPoP ${token}` } }));
    answers.push(await ask(url, { headers: { authorization: `Bearer ${token} ${token}` } }));
  }
  return answers;
}

/** Runs an API in a process of its own. @returns what it has answered and what it has printed. */
async function runApi(debug: string) {
  const issuer = await startScriptedProvider();
  const options: RequireBearerOptions = { issuer: issuer.issuer, audience: apiAudience };
  const env = { PATH: process.env["PATH"], NODE_DEBUG: debug };
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { env });
  onTestFinished(() => void child.kill());
  const printed: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => printed.push(chunk));
  const [line] = (await once(child.stdout, "data")) as [unknown];
  const url = `http://localhost:${Number(String(line))}`;
  const tokens = await tokensOf(issuer);
  const answers = await bringAll(url, tokens);
  issuer.fail("jwks", { status: 503 });
  issuer.rotateKeys();
  answers.push(...(await bringAll(url, [await issuer.accessToken()])));
  child.stdin.end();
  await once(child, "close");
  return { answers, printed: Buffer.concat(printed).toString(), secrets: secretsOf(tokens) };
}

describe("an API that logs its callers and its errors", () => {
  test.each(["express-oidc", ""])("prints and answers nothing of a token, with NODE_DEBUG=%o", async (debug) => {
    const { answers, printed, secrets } = await runApi(debug);
    expect(secrets.length).toBeGreaterThan(20);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400, 401, 403]));
    // it has printed something: the caller that passed, the errors, and the decisions where they are wanted
    expect(printed).toMatch(/client_id: 'a-program'/);
    expect(printed).toMatch(/OIDC_BEARER_INVALID/);
    if (debug !== "")
      expect(printed).toMatch(
        /bearer: 401 OIDC_BEARER_INVALID \(This access token is not accepted: it has expired\.\)/,
      );
    expect(found(secrets, printed)).toEqual([]);
    expect(found(secrets, answers.map(textOf).join("\n"))).toEqual([]);
  });
});

describe("the errors of a guard", () => {
  test("hold nothing of a token, however deep one looks", async () => {
    const told: unknown[] = [];
    const api = await startApi();
    const guard = requireBearer({
      issuer: api.issuer.issuer,
      audience: apiAudience,
      onRefused(error, _req, res) {
        told.push(error);
        res.end();
      },
    });
    const { url, issuer } = await startApi({ issuer: api.issuer, before: (app) => app.use(guard) });
    const tokens = await tokensOf(issuer);
    await bringAll(url, tokens);
    expect(told.length).toBeGreaterThan(50);
    const texts = told.map(
      (error) => `${inspect(error, { depth: 20, showHidden: true })}\n${JSON.stringify(error)}\n${String(error)}`,
    );
    expect(found(secretsOf(tokens), texts.join("\n"))).toEqual([]);
  });
});

test("what a token says is kept out of caches that others see, and so is each refusal", async () => {
  const { call, ask: askApi, issuer } = await startApi({ guard: { scope: "read" } });
  for (const answer of [
    await call(await issuer.accessToken()),
    await call(await issuer.accessToken({ scope: "x" })),
    await call("x"),
    await askApi(),
  ])
    expect(answer.headers.get("cache-control")).toBe("no-store");
});
