/**
 * A reverse proxy on a socket of its own, as it stands before apps in production: it ends TLS (as far as its headers say) and may cut
 * the front of the path off.
 * @module
 */
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** Where the proxy passes requests on to, and what it changes. */
export interface ProxyOptions {
  /** The app's own socket. */
  readonly to: string;
  /** Cut off the front of the path. Default: nothing. */
  readonly strip?: string;
  /** Headers that it adds. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Starts a proxy, which stops when the test is over. @returns its URL. */
export async function startProxy({ to, strip = "", headers = {} }: ProxyOptions): Promise<string> {
  const server = createServer((req, res) => {
    const url = req.url ?? "/";
    const isBelow = url === strip || url.startsWith(`${strip}/`) || url.startsWith(`${strip}?`);
    if (!isBelow) return res.writeHead(404).end("The proxy has nothing here.");
    const rest = url.slice(strip.length);
    const onward = request(to + (rest.startsWith("/") ? rest : `/${rest}`), {
      method: req.method,
      headers: { ...req.headers, ...headers },
      agent: false,
    });
    onward.on("response", (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(res);
    });
    onward.on("error", () => res.writeHead(502).end());
    return req.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
