/**
 * Several real processes of one app for tests, with real servers behind them.
 * @module
 */
import { fileURLToPath } from "node:url";
import { type Cluster, type ClusterOptions, startCluster } from "../../examples/cluster/start.js";

/** The compiled app of one process: `npm test` has built it. */
const program = fileURLToPath(new URL("../../build/examples/cluster/worker.js", import.meta.url));

/** The same, which sends a message to the process here whenever its slow route begins its work. */
export const tellingProgram = fileURLToPath(new URL("telling-worker.js", import.meta.url));

/** Starts processes, and a list of what ended unasked. */
export async function startProcesses(options: ClusterOptions): Promise<Cluster> {
  return startCluster({ program, ...options });
}
