/**
 * `npm run cluster`: builds and starts several processes of an app with Redis. Arguments after `--` are the example's.
 * @module
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildExamples, buildLibrary } from "./build.js";
import { ensurePackages } from "./packages.js";
import { endWithNpm, root } from "./process.js";
import { provideProgram } from "./programs.js";

endWithNpm();
await ensurePackages();
await buildLibrary();
await buildExamples();
if (!process.env.REDIS_URL) process.env.REDIS_SERVER_PATH = (await provideProgram("REDIS_SERVER_PATH")) ?? "";

const program = join(root, "build", "examples", "cluster.js");
process.argv[1] = program;
await import(pathToFileURL(program).href);
