/**
 * `npm run bench`: installs the bench's own packages, builds the library and runs the bench. Arguments after `--` are the bench's.
 * @module
 */
import { join } from "node:path";
import { buildLibrary } from "./build.js";
import { ensurePackages } from "./packages.js";
import { endWithNpm, root, run } from "./process.js";

const bench = join(root, "bench");
endWithNpm();
await ensurePackages();
await ensurePackages(bench);
await buildLibrary();
process.exit(await run(process.execPath, ["run.js", ...process.argv.slice(2)], { cwd: bench }));
