/**
 * The sample programs of GenAuth's documents, started as programs. Each file is what the document has but for its import line; where a document has
 * none, one stands before it.
 * @module
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { EmulatedGenauth } from "../../examples/demo/genauth.js";

const folder = new URL("../samples/genauth/", import.meta.url);
// below the package, so that a sample finds it by its name; `npm test` has built it
const place = new URL("../../build/samples/", import.meta.url);

/** The samples by their names: the document's number, and what it shows. */
export const sampleNames: readonly string[] = readdirSync(folder).map((name) => name.replace(/\.mjs$/, ""));

/** How a sample has ended. */
export interface Ended {
  readonly exitCode: number;
  /** What it has printed, or what its last variable holds where it prints nothing. */
  readonly result: unknown;
  readonly complaint: string;
}

/** What stands in a sample for what its reader has to write there. */
export interface Reader {
  readonly app: EmulatedGenauth["app"];
  readonly redirectUri: string;
  /** The code or token. */
  readonly text?: string;
}

/** Runs a sample with its reader's values. */
export async function runSample(name: string, reader: Reader): Promise<Ended> {
  const sample = readFileSync(new URL(`${name}.mjs`, folder), "utf8");
  const program = new URL(`${name}-${randomUUID()}.mjs`, place);
  mkdirSync(place, { recursive: true });
  writeFileSync(program, filledIn(sample, reader) + printing(sample));
  try {
    return await run(fileURLToPath(program));
  } finally {
    rmSync(program);
  }
}

function filledIn(sample: string, { app, redirectUri, text = "" }: Reader): string {
  const values: ReadonlyArray<readonly [RegExp, string]> = [
    [/(GEN_AUTH|AUTHING)_APP_ID|Application ID/, app.appId],
    [/(GEN_AUTH|AUTHING)_APP_SECRET|Application key/, app.appSecret],
    [/(GEN_AUTH|AUTHING)_APP_HOST|https:\/\/\{YOUR_DOMAIN\}\.genauth\.ai/, app.appHost],
    [/(GEN_AUTH|AUTHING)_APP_REDIRECT_URI|Business callback address/, redirectUri],
    [/REPLACE_ME_WITH_\w+|Authorization code(?=")|Access token( or Refresh token)?(?=")/, text],
  ];
  return values.reduce((filled, [blank, value]) => filled.replace(blank, value), sample);
}

/** The samples of document 003 keep their result in a variable. */
function printing(sample: string): string {
  const variable = /^let (\w+) =/m.exec(sample)?.[1];
  return variable === undefined ? "" : `console.log(JSON.stringify(${variable}));\n`;
}

function run(program: string): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program], { env: { PATH: process.env["PATH"] } }, (error, stdout, stderr) => {
      const exitCode = typeof error?.code === "number" ? error.code : 0;
      resolve({ exitCode, result: stdout === "" ? undefined : JSON.parse(stdout), complaint: stderr });
    });
  });
}
