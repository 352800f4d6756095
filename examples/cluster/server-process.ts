/**
 * A server program beside this one: on a free port, with a folder of its own, gone afterwards.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { connect as connectTo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** How long a server may take until it listens, in milliseconds. */
const START_MS = 15_000;

/** A program that listens on a port. */
export interface ServerProgram {
  readonly path: string;
  readonly args: readonly string[];
  readonly port: number;
  /** The user that it runs as, where it refuses to be root. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

/** A server that can be stopped and started again on its port, with its data. */
export class ServerProcess {
  readonly #program: ServerProgram;
  #child: ChildProcess | undefined;

  constructor(program: ServerProgram) {
    this.#program = program;
  }

  /** Starts it, and waits until it listens. */
  async start(): Promise<void> {
    const { path, args, port, user } = this.#program;
    const child = spawn(path, args, { stdio: "ignore", ...user });
    this.#child = child;
    const untilMs = Date.now() + START_MS;
    while (!(await isListening(port))) {
      if (child.exitCode !== null || Date.now() > untilMs) throw new Error(`${path} did not start on port ${port}`);
      await pause(20);
    }
  }

  /** Ends it, and waits until it has ended. SIGTERM lets it write what it has. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }

  /** Lets it hang: connections stay, and nothing is answered. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** Lets it go on. */
  thaw(): void {
    this.#child?.kill("SIGCONT");
  }
}

/** Ports that no system gives out by itself, so that nobody gets one while its server is stopped for a moment. */
const PORTS = { from: 20_000, to: 32_000 };

/** A free port. */
export async function freePort(): Promise<number> {
  const port = randomInt(PORTS.from, PORTS.to);
  return (await isFree(port)) ? port : freePort();
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** A new folder, owned by the user who needs it. */
export function newFolder(name: string, user?: ServerProgram["user"]): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `express-oidc-${name}-`));
  if (user !== undefined) chownSync(path, user.uid, user.gid);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTo(port, "127.0.0.1");
    const answer = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}
