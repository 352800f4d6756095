/**
 * The built and packed library, as the tests about the package look at it.
 * @module
 */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "./source-tree.js";

/** What package.json says, as far as the tests ask. */
export interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** Reads package.json. */
export function readManifest(): Manifest {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
}

/** Throws when dist is missing or older than its source: the answers of these tests would be about yesterday's code. */
export function requireFreshBuild(): void {
  const built = join(root, "dist", "index.js");
  const sources = readdirSync(join(root, "src"), { recursive: true }).map((name) => join(root, "src", String(name)));
  const newest = Math.max(...sources.filter((path) => path.endsWith(".ts")).map((path) => statSync(path).mtimeMs));
  if (!existsSync(built) || statSync(built).mtimeMs < newest)
    throw new Error("dist is missing or older than src: npm run build");
}

/** What `npm pack` says about the tarball that it made. */
export interface Tarball {
  /** Where it is. */
  readonly path: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** Packs the library into a folder, as `npm publish` would. */
export function pack(folder: string): Tarball {
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const answer = JSON.parse(
    execFileSync("npm", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  );
  const [tarball] = answer as readonly (Omit<Tarball, "path"> & { readonly filename: string })[];
  if (tarball === undefined) throw new Error("npm pack made no tarball");
  return { ...tarball, path: join(folder, tarball.filename) };
}

/** A project of somebody who uses the library. */
export interface Consumer {
  /** Where it is. */
  readonly folder: string;
  /** Writes a file of the project. */
  write(name: string, text: string): void;
  /** Takes a package away that was installed. */
  leaveOut(name: string): void;
  /** Runs a program of the project with this Node and answers what it prints. */
  run(name: string): string;
  /** Compiles the project as strictly as TypeScript can and answers what the compiler complains about. */
  compile(): string;
  remove(): void;
}

/** Makes a project outside the repository with the unpacked tarball, its dependencies and the packages named; no registry is asked. */
export function createConsumer(tarball: Tarball, packages: readonly string[]): Consumer {
  const folder = mkdtempSync(join(tmpdir(), "express-oidc-consumer-"));
  const installed = join(folder, "node_modules", "express-oidc");
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", tarball.path, "-C", installed, "--strip-components=1"]);
  for (const name of [...Object.keys(readManifest().dependencies), ...packages]) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, "node_modules", name), link, "junction");
  }
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write("package.json", JSON.stringify({ name: "consumer", private: true }));
  return {
    folder,
    write,
    leaveOut: (name) => rmSync(join(folder, "node_modules", name)),
    run: (name) => execFileSync(process.execPath, [name], { cwd: folder, encoding: "utf8" }).trim(),
    compile: () => {
      write("tsconfig.json", JSON.stringify({ compilerOptions: strictest, include: ["."] }));
      return runCompiler(folder);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const strictest = {
  target: "ES2023",
  lib: ["ES2023"],
  module: "NodeNext",
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
};

/** Compiles a folder that has a tsconfig.json and answers the complaints, empty when there are none. */
export function runCompiler(folder: string): string {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  try {
    return execFileSync(process.execPath, [compiler, "-p", ".", "--pretty", "false"], {
      cwd: folder,
      encoding: "utf8",
    });
  } catch (error) {
    return error instanceof Error && "stdout" in error ? String(error.stdout) : String(error);
  }
}
