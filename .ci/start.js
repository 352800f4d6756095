/**
 * `npm start`: builds and starts the demo. Arguments after `--` are the demo's.
 * @module
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildExamples, buildLibrary } from "./build.js";
import { ensurePackages } from "./packages.js";
import { endWithNpm, root } from "./process.js";

endWithNpm();
await ensurePackages();
await buildLibrary();
await buildExamples();

// In this process, not in a child: signals and the exit code are then the demo's own.
const program = join(root, "build", "examples", "demo", "start.js");
process.argv[1] = program;
await import(pathToFileURL(program).href);
