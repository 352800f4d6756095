import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { requireFreshBuild } from "./built-package.js";
import { importsOf, parse, root } from "./source-tree.js";

/** What can be imported: express-oidc, and the entries beside it. */
const entries = ["index", "redis", "testing", "genauth"] as const;

beforeAll(requireFreshBuild);

test("the public names and types are those of public-api.txt", async () => {
  const names = await Promise.all(entries.map(namesOf));
  const declarations = reachableFrom(...entries.map((entry) => `dist/${entry}.d.ts`)).map(
    (path) => `// ${path}\n${withoutComments(read(path))}`,
  );
  const text = [`// names at run time\n${names.join("\n")}\n`, ...declarations].join("\n");
  await expect(text).toMatchFileSnapshot("public-api.txt");
});

async function namesOf(entry: (typeof entries)[number]): Promise<string> {
  const library = (await import(`${root}dist/${entry}.js`)) as Record<string, unknown>;
  const names = Object.keys(library).sort();
  return (entry === "index" ? names : names.map((name) => `${entry}: ${name}`)).join("\n");
}

/** The declaration files that a reader of the public types can come to, in the order in which they are met. */
function reachableFrom(...starts: readonly string[]): readonly string[] {
  const met = new Set(starts);
  for (const path of met) {
    for (const specifier of importsOf(parse(path, read(path)))) {
      if (specifier.startsWith(".")) met.add(posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".d.ts"));
    }
  }
  return [...met];
}

function read(path: string): string {
  return readFileSync(`${root}${path}`, "utf8");
}

function withoutComments(text: string): string {
  return text.replace(/\/\*\*[\s\S]*?\*\//g, "").replace(/^\s*\n/gm, "");
}
