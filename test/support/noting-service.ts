/**
 * A service that notes how it was called, and answers as it is told.
 * @module
 */
import type { IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { serve } from "./exchange.js";
import { type Answer, send } from "./scripted/faults.js";

/** One call that arrived. */
export interface NotedCall {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The running service. */
export interface NotingService {
  readonly url: string;
  /** Every call, oldest first. */
  readonly calls: readonly NotedCall[];
}

/** Starts it; it ends with the test. */
export async function startService(
  answer: (call: NotedCall) => Answer = () => ({ status: 200, json: {} }),
): Promise<NotingService> {
  const calls: NotedCall[] = [];
  const url = await serve((req, res) => {
    void text(req).then((body) => {
      const call = { method: req.method, path: req.url, headers: req.headers, body };
      calls.push(call);
      send(res, answer(call));
    });
  });
  return { url, calls };
}
