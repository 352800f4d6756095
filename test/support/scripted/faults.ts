/**
 * How an endpoint of the scripted provider fails.
 * @module
 */
import type { ServerResponse } from "node:http";

/** An answer that is not the endpoint's own. */
export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * - `silence`: never answers;
 * - `reset`: cuts the connection;
 * - `half`: begins a JSON answer and cuts the connection in the middle;
 * - `stall`: begins a JSON answer and goes silent in the middle;
 * - `html`: a cheerful page with status 200, as captive portals send;
 * - anything else: that very answer.
 */
export type Fault = "silence" | "reset" | "half" | "stall" | "html" | Answer;

/** Calls that wait at the provider until they are let go. */
export interface Hold {
  /** Resolves when the first call has arrived. */
  readonly arrived: Promise<void>;
  /** Lets go of all calls, and of those to come. */
  release(): void;
}

/** Answers as the fault says. */
export function answerFaulty(res: ServerResponse, fault: Fault): void {
  if (fault === "silence") return;
  if (fault === "reset") res.socket?.destroy();
  else if (fault === "html") send(res, { status: 200, text: "<h1>Welcome to the airport</h1>" });
  else if (fault === "half" || fault === "stall") breakOff(res, fault);
  else send(res, fault);
}

function breakOff(res: ServerResponse, fault: "half" | "stall"): void {
  res.writeHead(200, { "content-type": "application/json", "content-length": "500" });
  res.write('{"access_token":"at-', () => fault === "half" && res.socket?.destroy());
}

/** Sends an answer. */
export function send(res: ServerResponse, { status, json, text, headers }: Answer): void {
  const type = json === undefined ? "text/html" : "application/json";
  res.writeHead(status, { "content-type": type, "cache-control": "no-store", ...headers });
  res.end(json === undefined ? text : JSON.stringify(json));
}
