/**
 * `npm run format`: writes every file as the formatter wants it, imports in order.
 * @module
 */
import { join } from "node:path";
import { ensurePackages } from "./packages.js";
import { root, run } from "./process.js";

await ensurePackages();
const biome = join(root, "node_modules", ".bin", "biome");
process.exit(await run(biome, ["check", "--write", "--config-path=.ci/biome-rules.json", "."]));
