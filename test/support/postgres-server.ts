/**
 * A real PostgreSQL for tests.
 * @module
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { freePort, newFolder, ServerProcess, type ServerProgram } from "../../examples/cluster/server-process.js";

/** A running PostgreSQL. */
export interface PostgresServer {
  readonly url: string;
  readonly process: ServerProcess;
  close(): Promise<void>;
}

/** Starts a PostgreSQL with an empty database. Nothing is flushed to disk: it is for tests. */
export async function startPostgres(): Promise<PostgresServer> {
  const port = await freePort();
  const user = otherThanRoot();
  const folder = newFolder("postgres", user);
  const path = process.env["POSTGRES_PATH"] ?? "postgres";
  const data = join(folder.path, "data");
  const init = spawnSync(
    join(dirname(path), "initdb"),
    ["-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"],
    { ...user, encoding: "utf8", env: { PATH: process.env["PATH"] ?? "" } },
  );
  if (init.status !== 0) throw new Error(`initdb failed: ${init.stderr}${init.error?.message ?? ""}`);
  const settings = ["fsync=off", "listen_addresses=127.0.0.1", `unix_socket_directories=${folder.path}`];
  const process_ = new ServerProcess({
    path,
    port,
    user,
    args: ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])],
  });
  await process_.start();
  await untilReady(port);
  return {
    url: `postgres://tester@127.0.0.1:${port}/postgres`,
    process: process_,
    async close() {
      await process_.stop("SIGQUIT");
      folder.remove();
    },
  };
}

/** It listens a moment before it takes queries. */
async function untilReady(port: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    const client = new pg.Client({ host: "127.0.0.1", port, user: "tester", database: "postgres" });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** PostgreSQL refuses to run as root. */
function otherThanRoot(): ServerProgram["user"] {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  const line = ["postgres", "nobody"].map((name) => lines.find((text) => text.startsWith(`${name}:`))).find(Boolean);
  const [, , uid = "65534", gid = "65534"] = line?.split(":") ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}
