/**
 * What the source of the library declares: options, error codes, exported names.
 * @module
 */
import { posix } from "node:path";
import { childOf, childrenOf, type Files, type Node, nameOf, nodesOf, parse, readTypeScript } from "./source-tree.js";

/** The options of auth() by their paths, `idleTimeout` or `session.cookie.domain`. A group stands there by its members alone. */
export function authOptionPaths(files: Files): readonly string[] {
  const tree = parse("src/options.ts", files["src/options.ts"] ?? "");
  const groups = new Map([...nodesOf(tree)].filter((node) => isInterface(node, /Options$/)).map(nameAndMembers));
  const pathsOf = (group: string): readonly string[] =>
    (groups.get(group) ?? []).flatMap((member) => {
      const name = nameOf(childOf(member, "key")) ?? "";
      const inner = [...nodesOf(member)].map(referredName).find((type) => type !== undefined && groups.has(type));
      return inner === undefined ? [name] : pathsOf(inner).map((path) => `${name}.${path}`);
    });
  return pathsOf("AuthOptions");
}

/** The members of every interface whose name ends in Options, at any depth. */
export function allOptionNames(): ReadonlySet<string> {
  const trees = Object.entries(readTypeScript("src")).map(([path, text]) => parse(path, text));
  const interfaces = trees.flatMap((tree) => [...nodesOf(tree)].filter((node) => isInterface(node, /Options$/)));
  return new Set(interfaces.flatMap((node) => memberNames([...nodesOf(node)])));
}

/** The codes of the errors. */
export function errorCodes(): readonly string[] {
  return [...new Set(readTypeScript("src")["src/errors.ts"]?.match(/\bOIDC_[A-Z_]*[A-Z]\b/g))].sort();
}

/** The names that index.ts exports and whose declaration has no docstring right before it. */
export function exportsWithoutDocstring(files: Files): readonly string[] {
  const index = parse("src/index.ts", files["src/index.ts"] ?? "");
  return childrenOf(index, "body").flatMap((statement) => {
    const source = nameOf(childOf(statement, "source"));
    if (source === undefined) return [];
    const path = posix.join("src", source).replace(/\.js$/, ".ts");
    const names = childrenOf(statement, "specifiers").map((specifier) => nameOf(childOf(specifier, "local")) ?? "");
    return names.filter((name) => !hasDocstring(path, files[path] ?? "", name)).map((name) => `${name} in ${path}`);
  });
}

function hasDocstring(path: string, text: string, name: string): boolean {
  const statements = childrenOf(parse(path, text), "body").filter((statement) =>
    declaredNames(statement).includes(name),
  );
  return statements.some(({ start }) => text.slice(0, start).trimEnd().endsWith("*/"));
}

function declaredNames(statement: Node): readonly (string | undefined)[] {
  const declaration = childOf(statement, "declaration");
  return [declaration, ...childrenOf(declaration, "declarations")].map((node) => nameOf(childOf(node, "id")));
}

function isInterface(node: Node, name: RegExp): boolean {
  return node.type === "TSInterfaceDeclaration" && name.test(nameOf(childOf(node, "id")) ?? "");
}

function nameAndMembers(node: Node): [string, readonly Node[]] {
  return [nameOf(childOf(node, "id")) ?? "", membersIn(childrenOf(childOf(node, "body"), "body"))];
}

/** The name that a reference to a type spells. */
function referredName(node: Node): string | undefined {
  return node.type === "TSTypeReference" ? nameOf(childOf(node, "typeName")) : undefined;
}

function membersIn(nodes: readonly Node[]): readonly Node[] {
  return nodes.filter(({ type }) => type === "TSPropertySignature" || type === "TSMethodSignature");
}

function memberNames(nodes: readonly Node[]): readonly string[] {
  return membersIn(nodes)
    .map((member) => nameOf(childOf(member, "key")))
    .filter((name) => name !== undefined);
}
