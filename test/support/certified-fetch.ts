/**
 * A `fetch` that trusts an authority of the test's own and shows a client certificate, by what Node itself brings.
 * @module
 */
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { buffer } from "node:stream/consumers";
import type { Certified } from "./certificates.js";

/** Creates it. */
export function certifiedFetch(ca: string, certificate?: Certified) {
  return async (url: string, init: RequestInit = {}): Promise<Response> => {
    const sent = new Request(url, init);
    const body = Buffer.from(await sent.arrayBuffer());
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const { method } = sent;
      const headers = { ...Object.fromEntries(sent.headers), "content-length": body.length };
      const outgoing = request(url, { method, headers, ca, agent: false, ...certificate }, resolve);
      sent.signal.addEventListener("abort", () => outgoing.destroy(sent.signal.reason as Error));
      outgoing.on("error", reject).end(body);
    });
    const received = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    );
    const content = await buffer(answer);
    return new Response(content.length > 0 ? content : null, { status: answer.statusCode ?? 0, headers: received });
  };
}
