/**
 * What the built package loads and when, as a project sees it that has installed or bundled it.
 * @module
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Consumer, createConsumer, pack, requireFreshBuild, type Tarball } from "./built-package.js";

const folder = mkdtempSync(join(tmpdir(), "express-oidc-loading-"));
let tarball: Tarball;
beforeAll(() => {
  requireFreshBuild();
  tarball = pack(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const site = `
  issuer: "http://127.0.0.1:9", clientId: "app", clientSecret: "s", baseUrl: "http://127.0.0.1", secret: "0123456789abcdef0123456789abcdef"`;

/** Says whether express-session is loaded: Node's cache of CommonJS has it however it was loaded. */
const isLoaded = `
  import { createRequire } from "node:module";
  const isLoaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => /[/\\\\]express-session[/\\\\]/.test(path));`;

/** Serves an instance over http, and asks it for many pages at once, each with a session. */
const askAtOnce = `
  import { createServer } from "node:http";
  async function askAtOnce(oidc, count) {
    const server = createServer((req, res) => oidc(req, res, (error) => {
      if (error === undefined) req.session.seen = true;
      res.statusCode = error?.status ?? 200;
      res.end(error === undefined ? String(req.oidc.isAuthenticated()) : error.code);
    }));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const ask = async () => {
      const answer = await fetch("http://127.0.0.1:" + server.address().port);
      return [answer.status, await answer.text(), answer.headers.getSetCookie().length].join(" ");
    };
    const answers = await Promise.all(Array.from({ length: count }, ask));
    server.closeAllConnections();
    server.close();
    return [...new Set(answers)].join();
  }`;

/** A project of its own for one test. */
async function inProject<Result>(use: (consumer: Consumer) => Promise<Result> | Result): Promise<Result> {
  const consumer = createConsumer(tarball, []);
  try {
    return await use(consumer);
  } finally {
    consumer.remove();
  }
}

/** What a program of such a project prints. */
function printed(text: string): Promise<string> {
  return inProject((consumer) => {
    consumer.write("main.mjs", text);
    return consumer.run("main.mjs");
  });
}

describe("express-session", () => {
  test.each([
    ["an API that checks tokens", 'requireBearer({ issuer: "https://op.example", audience: "api" })'],
    [
      "a program without a web app",
      'createClient({ issuer: "https://op.example", clientId: "app", clientSecret: "s" })',
    ],
    [
      "an app without req.session that has a store of its own",
      `auth({ ${site}, session: { reqSession: false, store: { get() {}, set() {}, destroy() {} } } })`,
    ],
  ])("is not loaded by %s", async (_who, call) => {
    const names = "auth, createClient, requireBearer";
    const text = `${isLoaded} import { ${names} } from "express-oidc"; ${call};
      await new Promise((resolve) => setTimeout(resolve, 200)); console.log(isLoaded());`;
    expect(await printed(text)).toBe("false");
  });

  test("is loaded by auth(), not before, and the first requests, many at once, wait for it", async () => {
    const text = `${isLoaded} ${askAtOnce} import { auth } from "express-oidc";
      const before = isLoaded();
      const answers = await askAtOnce(auth({ ${site} }), 50);
      console.log(before, answers, isLoaded());`;
    expect(await printed(text)).toBe("false 200 false 1 true");
  });

  test("that is not there is a clear error of the requests that need it, and of health()", async () => {
    const text = `${askAtOnce} import { auth } from "express-oidc";
      const oidc = auth({ ${site} });
      await new Promise((resolve) => setTimeout(resolve, 200));
      const own = auth({ ${site}, session: { reqSession: false } });
      const { store } = await own.health();
      console.log(await askAtOnce(oidc, 5), await askAtOnce(auth({ ${site} }), 5), store.code);`;
    const code = "500 OIDC_SESSION_NOT_MOUNTED 0";
    const answer = await inProject((consumer) => {
      consumer.write("main.mjs", text);
      consumer.leaveOut("express-session");
      return consumer.run("main.mjs");
    });
    expect(answer).toBe(`${code} ${code} OIDC_SESSION_NOT_MOUNTED`);
  });

  test("that is not there does not concern an app that mounts a session of its own", async () => {
    const text = `${askAtOnce} import { auth } from "express-oidc";
      const oidc = auth({ ${site} });
      const withSession = (req, res, next) => {
        req.session = {};
        oidc(req, res, next);
      };
      console.log(await askAtOnce(withSession, 5));`;
    const answer = await inProject((consumer) => {
      consumer.write("main.mjs", text);
      consumer.leaveOut("express-session");
      return consumer.run("main.mjs");
    });
    expect(answer).toBe("200 false 0");
  });
});

describe("an app that is bundled with all of its packages", () => {
  test.each([
    ["into one file", false],
    ["into several", true],
  ])("%s has sessions", async (_how, codeSplitting) => {
    const dir = join(folder, codeSplitting ? "several" : "one");
    const text = `${askAtOnce} import { auth } from "express-oidc"; console.log(await askAtOnce(auth({ ${site} }), 5));`;
    const output = await inProject(async (consumer) => {
      consumer.write("main.mjs", text);
      const bundle = await rolldown({ input: join(consumer.folder, "main.mjs"), platform: "node" });
      const written = await bundle.write({ dir, format: "esm", codeSplitting });
      await bundle.close();
      return written.output;
    });
    expect(output.length > 1).toBe(codeSplitting);
    // no package is installed where it runs
    expect(execFileSync(process.execPath, [join(dir, output[0].fileName)], { encoding: "utf8" }).trim()).toBe(
      "200 false 1",
    );
  });
});
