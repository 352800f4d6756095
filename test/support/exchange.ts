/**
 * Requests and answers without a server, and servers for what needs real sockets.
 * @module
 */
import { createServer, IncomingMessage, type RequestListener, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Socket } from "node:net";
import { onTestFinished } from "vitest";

/** What a request without a server says. */
export interface Asked {
  readonly method?: string;
  readonly url?: string;
  readonly originalUrl?: string;
  readonly headers?: Readonly<Record<string, string | string[] | undefined>> | undefined;
}

/** A request as node:http makes it, without a connection. Header names are lower-cased as the parser does. */
export function requestWith({ method = "GET", url = "/", originalUrl, headers = {} }: Asked = {}): IncomingMessage {
  const req = new IncomingMessage(new Socket());
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return Object.assign(req, {
    method,
    url,
    headers: Object.fromEntries(lowered),
    ...(originalUrl !== undefined && { originalUrl }),
  });
}

/** An answer that goes nowhere. */
export function answerTo(req: IncomingMessage): ServerResponse {
  return new ServerResponse(req);
}

/** The Set-Cookie lines of an answer. */
export function setCookiesOf(res: ServerResponse): readonly string[] {
  const lines = res.getHeader("set-cookie") ?? [];
  return Array.isArray(lines) ? lines : [String(lines)];
}

/** Serves on a free port until the test is over. @returns the URL. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
