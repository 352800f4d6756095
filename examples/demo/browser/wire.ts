/**
 * One HTTP request. Not by Node's fetch: it writes its own Sec-Fetch-Mode over ours.
 * @module
 */
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

const timeoutMs = 30_000;

/** A request as it goes out. */
export interface Request {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
  readonly ca: string | Buffer | undefined;
}

/** An answer as it came in. */
export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends a request on a connection of its own. */
export async function exchange(url: URL, { method, headers, body, ca }: Request): Promise<Received> {
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = send(url, { method, headers, agent: false, ...(ca === undefined ? {} : { ca }) }, resolve);
    request.setTimeout(timeoutMs, () =>
      request.destroy(new Error(`No answer from ${url.origin} within ${timeoutMs} ms.`)),
    );
    request.on("error", reject);
    request.end(body);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const received = new Headers();
  const { rawHeaders } = response;
  for (let i = 0; i < rawHeaders.length; i += 2) received.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
  return { status: response.statusCode ?? 0, headers: received, text: Buffer.concat(chunks).toString() };
}
