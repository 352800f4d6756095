/**
 * What README.md and docs say, in parts that tests can compare with the code.
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./source-tree.js";

/** A document of the repository. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

/** A fenced block of code and the line on which its code begins, counted from 1. */
export interface CodeBlock {
  readonly path: string;
  readonly line: number;
  readonly info: string;
  readonly code: string;
}

/** Reads README.md and every docs/*.md. */
export function readDocuments(): readonly Document[] {
  const folder = join(root, "docs");
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".md")) : [];
  const paths = ["README.md", ...names.sort().map((name) => `docs/${name}`)].filter((path) =>
    existsSync(join(root, path)),
  );
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** The TypeScript and JavaScript blocks of a document. */
export function codeBlocksOf({ path, text }: Document): readonly CodeBlock[] {
  const fences = text.matchAll(/^```((?:ts|js|typescript|javascript|mjs|cjs)\b.*)\n([\s\S]*?)^```/gm);
  return [...fences].map((fence) => ({
    path,
    line: text.slice(0, fence.index).split("\n").length + 1,
    info: (fence[1] ?? "").trim(),
    code: fence[2] ?? "",
  }));
}

/** The names in backticks of the first column of every table whose first heading starts with a word. */
export function namesInTables({ text }: Document, heading: RegExp): readonly string[] {
  const tables = text.split(/\n(?!\|)/).map((part) => part.split("\n").filter((line) => line.startsWith("|")));
  const chosen = tables.filter(([head]) => heading.test(firstCell(head ?? "")));
  return chosen.flatMap((rows) =>
    rows.slice(2).flatMap((row) => [...firstCell(row).matchAll(/`([^`]+)`/g)].map((name) => name[1] ?? "")),
  );
}

function firstCell(row: string): string {
  return row.split("|")[1]?.trim() ?? "";
}
