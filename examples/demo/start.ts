/**
 * `npm start`: the demo in a browser, or with `--check` on its own.
 * @module
 */
import { parseArgs } from "node:util";
import { check } from "./check.js";
import { startDemo } from "./demo.js";

const flags = {
  check: { type: "boolean", help: "walk through the demo without a browser, say each step, exit 0 or 1" },
  genauth: { type: "boolean", help: "with an emulated GenAuth as the provider" },
  help: { type: "boolean", help: "show this" },
} as const;

const names = Object.keys(flags) as Array<keyof typeof flags>;
const accessTokenLifetime = 60;

const help = `npm start                starts the demo: an app and a provider to log in at
npm start -- --flag      with one of these:

${names.map((name) => `  --${name.padEnd(8)} ${flags[name].help}`).join("\n")}

PORT and PROVIDER_PORT name the first ports to try (3000 and 3001); a taken one is skipped.`;

class UsageError extends Error {}

async function main(): Promise<void> {
  const chosen = readFlags(process.argv.slice(2));
  if (chosen.help) return console.log(help);
  if (!chosen.check) return serve(chosen.genauth);
  const isWell = await check(console.log, { genauth: chosen.genauth });
  console.log(isWell ? "\nThe demo works." : "\nThe demo does not work: see the last step.");
  process.exitCode = isWell ? 0 : 1;
}

function readFlags(args: string[]): { help: boolean; check: boolean; genauth: boolean } {
  try {
    const { values } = parseArgs({ args, options: flags });
    return { help: values.help ?? false, check: values.check ?? false, genauth: values.genauth ?? false };
  } catch {
    const known = names.map((name) => `--${name}`);
    const unknown = args.find((arg) => !known.includes(arg));
    throw new UsageError(`The demo does not know "${unknown}". It knows: ${known.join(", ")}.`);
  }
}

async function serve(genauth: boolean): Promise<void> {
  const demo = await startDemo({
    port: readPort("PORT", 3000),
    providerPort: readPort("PROVIDER_PORT", 3001),
    accessTokenLifetime,
    genauth,
  });
  console.log(`
The demo runs.

  Open      ${demo.url}
  Log in    ada, password lovelace   (or alan, password turing)
  Stop      Ctrl-C

The provider${genauth ? ", an emulated GenAuth," : ""} is at ${demo.provider.issuer}. Its access tokens live ${accessTokenLifetime} seconds, so that you can watch them being renewed.
`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      console.log("\nStopped.");
      void demo.close();
    });
  }
}

function readPort(variable: string, otherwise: number): number {
  const text = process.env[variable] ?? "";
  if (text === "") return otherwise;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError(`${variable} must be a port number, not "${text}".`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
