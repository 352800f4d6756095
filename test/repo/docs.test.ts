import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCompiler } from "./built-package.js";
import { type CodeBlock, codeBlocksOf, namesInTables, readDocuments } from "./documents.js";
import { allOptionNames, authOptionPaths, errorCodes, exportsWithoutDocstring } from "./public-source.js";
import { readTypeScript, root } from "./source-tree.js";

const environment = [
  "OIDC_ISSUER",
  "OIDC_CLIENT_ID",
  "OIDC_CLIENT_SECRET",
  "OIDC_BASE_URL",
  "OIDC_SECRET",
  "OIDC_SCOPE",
];
const documents = readDocuments();
const blocks = documents.flatMap(codeBlocksOf);

describe("the code in the documents", () => {
  test("is there to be checked", () => {
    expect(blocks.filter(({ path }) => path === "README.md")).not.toEqual([]);
  });

  test("is marked as ts or js and as nothing else", () => {
    expect(
      blocks
        .filter(({ info }) => info !== "ts" && info !== "js")
        .map(({ path, line, info }) => `${path}:${line} ${info}`),
    ).toEqual([]);
  });

  test("compiles, block by block", async () => {
    const folder = join(root, "build", "docs");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const library = (await import("express-oidc")) as Record<string, unknown>;
    const names = Object.keys(library).sort().join(", ");
    for (const block of blocks) writeFileSync(join(folder, fileNameOf(block)), fileTextOf(block, names));
    writeFileSync(join(folder, "at-hand.d.ts"), atHand);
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(compilerOptions));
    expect(runCompiler(folder)).toBe("");
    // the compiler reads every document's code, on a machine that may be busy
  }, 60_000);
});

describe("every option", () => {
  const documented = documents.flatMap((document) => namesInTables(document, /^options?\b/i));

  test("of auth() stands in a table of options, those of a group each by its path", () => {
    expect(authOptionPaths(readTypeScript("src")).filter((path) => !documented.includes(path))).toEqual([]);
  });

  test("in a table of options exists", () => {
    const paths = authOptionPaths(readTypeScript("src"));
    const existing = allOptionNames();
    const isThere = (name: string) => (name.includes(".") ? paths.includes(name) : existing.has(name));
    expect(documented.filter((name) => !isThere(name))).toEqual([]);
  });

  test("of a group is found, also of a group in a group", () => {
    const text = `
      export interface AuthOptions { readonly scope?: string; readonly routes?: false | RoutesOptions; onLogin?(): void }
      interface RoutesOptions { login?: string; more?: MoreOptions }
      interface MoreOptions { deep?: boolean }`;
    const paths = ["scope", "routes.login", "routes.more.deep", "onLogin"];
    expect(authOptionPaths({ "src/options.ts": text })).toEqual(paths);
  });
});

describe("every error code", () => {
  const text = documents.find(({ path }) => path === "docs/errors.md")?.text ?? "";
  const documented = [...new Set(text.match(/\bOIDC_[A-Z_]*[A-Z]\b/g))].filter((code) => !environment.includes(code));

  test("of the library is explained in docs/errors.md, and every one there exists", () => {
    expect(documented.sort()).toEqual(errorCodes());
  });
});

describe("every public name", () => {
  test("has a docstring", () => {
    expect(exportsWithoutDocstring(readTypeScript("src"))).toEqual([]);
  });

  test("without one is found", () => {
    const files = {
      "src/index.ts": 'export { a, type B } from "./x.js";',
      "src/x.ts": "/** One. */\nexport function a() {}\nexport interface B { b: 1 }",
    };
    expect(exportsWithoutDocstring(files)).toEqual(["B in src/x.ts"]);
  });
});

const compilerOptions = {
  extends: "../../tsconfig.json",
  compilerOptions: { allowJs: true, checkJs: true, noUnusedLocals: false, noUnusedParameters: false },
  include: ["."],
};

/** What the words around a fragment have already introduced: a block that declares one of these itself means its own. */
const atHand = `
import type { Express, NextFunction, Request, Response } from "express";
declare global {
  const app: Express;
  const req: Request;
  const res: Response;
  const next: NextFunction;
}
`;

function fileNameOf({ path, line, info }: CodeBlock): string {
  return `${path.replaceAll("/", "-").replace(/\.md$/, "")}-${line}.${info.startsWith("js") ? "js" : "ts"}`;
}

/** A block that imports something is a whole program; any other is a fragment and finds the library's names imported. */
function fileTextOf({ line, code }: CodeBlock, names: string): string {
  const isWhole = /^\s*import\b/m.test(code);
  const prelude = isWhole ? "export {};" : `import { ${names} } from "express-oidc"; export {};`;
  // As many lines as come before it in the document, so that the compiler's line numbers are the document's.
  return `${prelude}${"\n".repeat(line - 1)}${code}`;
}
