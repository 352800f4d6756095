/**
 * Reads source files and walks their syntax trees, for the tests about the code itself.
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "vitest/node";

/** The repository's folder, ending in a slash. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** File texts by path from the repository's folder, `src/auth.ts` for instance. */
export type Files = Readonly<Record<string, string>>;

/** A node of a syntax tree, as far as these tests look into one. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** Reads every TypeScript file of a folder. */
export function readTypeScript(folder: string): Files {
  const names = readdirSync(join(root, folder), { recursive: true }).map(String);
  const paths = names.filter((name) => name.endsWith(".ts")).map((name) => `${folder}/${name.replaceAll("\\", "/")}`);
  return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

/** The syntax tree of a TypeScript file. */
export function parse(path: string, text: string): Node {
  try {
    return parseAst(text, { lang: "ts" }) as unknown as Node;
  } catch (cause) {
    throw new Error(`${path} cannot be parsed`, { cause });
  }
}

/** Every node of a tree, outer ones first. */
export function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) yield* nodesOf(child);
    }
  }
}

/** The child under a name, or undefined when there is none. */
export function childOf(node: Node | undefined, name: string): Node | undefined {
  const child = node?.[name];
  return isNode(child) ? child : undefined;
}

/** The children in a list under a name. */
export function childrenOf(node: Node | undefined, name: string): readonly Node[] {
  const children = node?.[name];
  return Array.isArray(children) ? children.filter(isNode) : [];
}

/** The name that an identifier, a private name or a string literal spells. */
export function nameOf(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (node.type === "Literal") return typeof node["value"] === "string" ? node["value"] : undefined;
  return typeof node["name"] === "string" ? node["name"] : undefined;
}

/** What a file imports, types and re-exports included. */
export function importsOf(tree: Node): readonly string[] {
  const carriers = new Set([
    "ImportDeclaration",
    "ExportNamedDeclaration",
    "ExportAllDeclaration",
    "ImportExpression",
    "TSImportType",
  ]);
  const specifiers = [...nodesOf(tree)]
    .filter(({ type }) => carriers.has(type))
    .map((node) => nameOf(childOf(node, "source")));
  return specifiers.filter((specifier) => specifier !== undefined);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
