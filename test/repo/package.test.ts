import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Consumer, createConsumer, pack, requireFreshBuild, type Tarball } from "./built-package.js";

const app = `
  app.use(auth({
    issuer: "https://op.example", clientId: "app", clientSecret: "s", baseUrl: "https://app.example", secret: "0123456789abcdef0123456789abcdef",
  }));`;

const folder = mkdtempSync(join(tmpdir(), "express-oidc-pack-"));
let tarball: Tarball;
beforeAll(() => {
  requireFreshBuild();
  tarball = pack(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the tarball", () => {
  test("holds the built library, its papers and nothing else", () => {
    const papers = tarball.files.map(({ path }) => path).filter((path) => !/^dist\/.+(\.js|\.d\.ts)$/.test(path));
    expect(papers.sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
  });

  test("stays within its budget of bytes", () => {
    expect(tarball.size).toBeLessThan(300_000);
    expect(tarball.unpackedSize).toBeLessThan(1_000_000);
  });
});

describe("a project that has the package", () => {
  let consumer: Consumer;
  beforeAll(() => {
    consumer = createConsumer(tarball, []);
  });
  afterAll(() => consumer.remove());

  test("imports it from an ES module", () => {
    consumer.write(
      "main.mjs",
      'import { auth, requireAuth } from "express-oidc"; console.log(typeof auth, typeof requireAuth);',
    );
    expect(consumer.run("main.mjs")).toBe("function function");
  });

  test("requires it from CommonJS", () => {
    consumer.write(
      "main.cjs",
      'const { auth, requireAuth } = require("express-oidc"); console.log(typeof auth, typeof requireAuth);',
    );
    expect(consumer.run("main.cjs")).toBe("function function");
  });

  test("loads it without Express", () => {
    const text =
      'import "express-oidc"; try { await import("express"); console.log("found"); } catch { console.log("none"); }';
    consumer.write("alone.mjs", text);
    expect(consumer.run("alone.mjs")).toBe("none");
  });
});

describe("a TypeScript project", () => {
  test("without the types of Express compiles", () => {
    const consumer = createConsumer(tarball, ["@types/node"]);
    consumer.write(
      "bare.mts",
      `import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
       import { auth, oidcOf, requireAuth, signedIn } from "express-oidc";
       type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;
       const stack: Middleware[] = [];
       const app = { use: (middleware: Middleware) => stack.push(middleware) };
       ${app}
       app.use(requireAuth({ scope: "read" }));
       createServer((req, res) => res.end(oidcOf(req).isAuthenticated() ? signedIn(req).user.sub : "nobody"));`,
    );
    expect(consumer.compile()).toBe("");
    consumer.remove();
  });

  test("with the types of Express compiles, and req.oidc is typed", () => {
    const consumer = createConsumer(tarball, ["@types/node", "@types/express"]);
    const body = `${app}
       app.get("/me", requireAuth(), async (req, res) => {
         const token: string = await req.oidc.getAccessToken();
         const subject: string | undefined = req.oidc.user?.sub;
         res.json({ subject, length: token.length });
       });`;
    consumer.write(
      "module.mts",
      `import express from "express"; import { auth, requireAuth } from "express-oidc"; const app = express(); ${body}`,
    );
    consumer.write(
      "common.cts",
      `import express = require("express"); import { auth, requireAuth } from "express-oidc"; const app = express(); ${body}`,
    );
    expect(consumer.compile()).toBe("");
    consumer.remove();
  });

  test("is told of a mistake", () => {
    const consumer = createConsumer(tarball, ["@types/node"]);
    consumer.write("wrong.mts", 'import { auth } from "express-oidc"; auth({ clientID: "app" });');
    expect(consumer.compile()).toContain("clientID");
    consumer.remove();
  });
});
