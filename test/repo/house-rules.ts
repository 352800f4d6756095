/**
 * The rules of the house as data, and the judge that finds what breaks them.
 * @module
 */
import { posix } from "node:path";
import { childOf, childrenOf, type Files, importsOf, type Node, nameOf, nodesOf, parse } from "./source-tree.js";

/** Rooms from left to right. Each may import from rooms further left; rooms on one step not from one another. */
export const layers: readonly (readonly string[])[] = [
  ["errors"],
  ["events"],
  ["http"],
  ["state"],
  ["options"],
  ["settings"],
  ["provider"],
  ["client"],
  ["session"],
  ["context"],
  ["guards", "routes"],
  ["auth"],
  ["index", "redis", "testing", "genauth"],
];

/** Leaves that every room may import and that import nothing of ours. */
export const leaves: readonly string[] = ["errors", "trace"];

/** Entries that are loaded on their own: the few rooms that they may import, so that nobody loads the rest with them. */
export const smallEntries: Readonly<Record<string, readonly string[]>> = {
  redis: ["errors", "state"],
  testing: ["state"],
};

/** Packages that only some rooms may import; no room at all when the list is empty. */
export const packageOwners: Readonly<Record<string, readonly string[]>> = {
  "openid-client": ["provider"],
  oauth4webapi: [],
  jose: ["provider"],
  express: [],
  "express-serve-static-core": [],
};

/** Functions of node:crypto that only one room may name. */
export const sealing = { room: "session", names: ["createCipheriv", "createDecipheriv"] } as const;

/** What no file may name, and what serves instead. */
export const misleading: Readonly<Record<string, string>> = {
  canParse: "on Node 20 it misreads letters that are not ASCII; ask parsedUrl() of src/http/parsed-url.ts",
};

/** The one file that may touch the session of a request. */
export const sessionFile = "src/session/session-carrier.ts";

/** The longest a file may be, in lines that are neither blank nor comment. */
export const maxCodeLines = 200;

/** Judges files against every rule and answers one sentence per violation: file, what it does, which rule forbids it. */
export function findViolations(files: Files): readonly string[] {
  const trees = Object.entries(files).map(([path, text]) => ({ path, text, tree: parse(path, text) }));
  return [
    ...trees.flatMap(({ path, tree }) => importsOf(tree).flatMap((specifier) => judgeImport(files, path, specifier))),
    ...trees.flatMap(({ path, tree }) => [...judgeSealing(path, tree), ...judgeSession(path, tree)]),
    ...trees.flatMap(({ path, tree }) => judgeMisleading(path, tree)),
    ...trees.flatMap(({ path, tree }) => judgeModuleState(path, tree)),
    ...trees.flatMap(({ path, text }) => judgeLength(path, text)),
    ...findCircles(new Map(trees.map(({ path, tree }) => [path, ourImports(files, path, tree)]))),
  ];
}

/** The room of a file: its folder below src, or its name when it lies in src itself. */
function roomOf(path: string): string {
  return path.replace(/^src\//, "").replace(/\/.*$|\.ts$/, "");
}

function rankOf(room: string): number {
  return leaves.includes(room) ? -1 : layers.findIndex((step) => step.includes(room));
}

function judgeImport(files: Files, path: string, specifier: string): readonly string[] {
  if (!specifier.startsWith(".")) return judgePackage(path, specifier);
  const target = targetOf(path, specifier);
  if (files[target] === undefined) return [`${path} imports ${specifier}, which is no file in src`];
  const [from, to] = [roomOf(path), roomOf(target)];
  for (const [room, file] of [
    [from, path],
    [to, target],
  ] as const) {
    if (!leaves.includes(room) && rankOf(room) < 0)
      return [`${file} lies in a room that the list of layers does not know: ${room}`];
  }
  const allowed = smallEntries[from];
  if (allowed !== undefined && !allowed.includes(to)) {
    return [`${path} imports ${target}: ${from} may import only ${allowed.join(", ")}`];
  }
  if (from === to || (leaves.includes(to) && !leaves.includes(from))) return [];
  if (leaves.includes(from)) return [`${path} imports ${target}: ${from} may import nothing of ours`];
  if (rankOf(to) < rankOf(from)) return [];
  const rule = rankOf(to) === rankOf(from) ? "lie on the same step" : "must flow the other way";
  return [`${path} imports ${target}: ${from} and ${to} ${rule}`];
}

function judgePackage(path: string, specifier: string): readonly string[] {
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  const owners = packageOwners[name];
  if (owners === undefined || owners.includes(roomOf(path))) return [];
  return [
    `${path} imports ${specifier}: ${owners.length > 0 ? `only ${owners.join(", ")} may` : "nothing in src may"}`,
  ];
}

function targetOf(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts");
}

function ourImports(files: Files, path: string, tree: Node): readonly string[] {
  const targets = importsOf(tree)
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => targetOf(path, specifier));
  return targets.filter((target) => files[target] !== undefined);
}

function judgeSealing(path: string, tree: Node): readonly string[] {
  if (roomOf(path) === sealing.room) return [];
  const named = new Set([...nodesOf(tree)].map(nameOf));
  return sealing.names
    .filter((name) => named.has(name))
    .map((name) => `${path} names ${name}: sealing belongs to src/${sealing.room}`);
}

function judgeMisleading(path: string, tree: Node): readonly string[] {
  const named = new Set([...nodesOf(tree)].map(nameOf));
  return Object.entries(misleading).flatMap(([name, why]) =>
    named.has(name) ? [`${path} names ${name}: ${why}`] : [],
  );
}

function judgeSession(path: string, tree: Node): readonly string[] {
  if (path === sessionFile || ![...nodesOf(tree)].some(readsSession)) return [];
  return [`${path} touches the session of the request: only ${sessionFile} may`];
}

/** `req.session`, `(req as X).session`, `this.#req["session"]`, `const { session } = req` and `"session" in req`. */
function readsSession(node: Node): boolean {
  switch (node.type) {
    case "MemberExpression":
      return nameOf(childOf(node, "property")) === "session" && isRequest(childOf(node, "object"));
    case "VariableDeclarator": {
      const keys = childrenOf(childOf(node, "id"), "properties").map((property) => nameOf(childOf(property, "key")));
      return keys.includes("session") && isRequest(childOf(node, "init"));
    }
    case "BinaryExpression":
      return (
        node["operator"] === "in" && nameOf(childOf(node, "left")) === "session" && isRequest(childOf(node, "right"))
      );
    default:
      return false;
  }
}

function isRequest(node: Node | undefined): boolean {
  const inner = childOf(node, "expression");
  if (inner !== undefined) return isRequest(inner);
  const name = nameOf(node?.type === "MemberExpression" ? childOf(node, "property") : node);
  return name !== undefined && /^(req|request|incoming)$|(Req|Request)$/.test(name);
}

function judgeModuleState(path: string, tree: Node): readonly string[] {
  const statements = childrenOf(tree, "body").map((statement) => childOf(statement, "declaration") ?? statement);
  return statements
    .filter(({ type, declare }) => type === "VariableDeclaration" && declare !== true)
    .flatMap((statement) => {
      const declarators = childrenOf(statement, "declarations");
      if (statement["kind"] === "const") return declarators.flatMap((declarator) => judgeCollection(path, declarator));
      return declarators.map(
        (declarator) =>
          `${path} has the module-level ${String(statement["kind"])} ${nameOf(childOf(declarator, "id"))}: ${stateRule}`,
      );
    });
}

const stateRule = "what changes and outlives a request belongs inside an instance";

/** A table that is declared read-only is no state; any other collection at module level is. */
function judgeCollection(path: string, declarator: Node): readonly string[] {
  const constructed = nameOf(childOf(childOf(declarator, "init"), "callee")) ?? "";
  if (childOf(declarator, "init")?.type !== "NewExpression" || !/^(Weak)?(Map|Set)$/.test(constructed)) return [];
  const name = childOf(declarator, "id");
  const declared = childOf(childOf(childOf(name, "typeAnnotation"), "typeAnnotation"), "typeName");
  if (/^Readonly(Map|Set)$/.test(nameOf(declared) ?? "")) return [];
  return [
    `${path} has the module-level ${constructed} ${nameOf(name)}: ${stateRule} (a fixed table: declare it Readonly${constructed})`,
  ];
}

/** The formatter puts a comment on lines of its own that start with its mark, or behind code. */
function judgeLength(path: string, text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => !/^\s*(\/\/|\/\*|\*|$)/.test(line));
  if (lines.length <= maxCodeLines) return [];
  return [`${path} has ${lines.length} lines of code: at most ${maxCodeLines}`];
}

function findCircles(imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path))
      circles.push(`${[...way.slice(way.indexOf(path)), path].join(" -> ")}: imports in a circle`);
    if (done.has(path) || way.includes(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return circles;
}
