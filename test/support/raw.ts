/**
 * Requests that no HTTP client would send.
 * @module
 */
import { connect } from "node:net";

/** What came back: the head as it is, and all of it. */
export interface RawAnswer {
  /** 0 when the connection was closed without an answer. */
  readonly status: number;
  readonly text: string;
}

/** Sends bytes to a server and reads until it closes the connection. */
export function sendRaw(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { port } = new URL(url);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: "127.0.0.1", port: Number(port) });
    const finish = () => {
      const text = Buffer.concat(chunks).toString("latin1");
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text });
    };
    socket.on("data", (chunk) => void chunks.push(chunk));
    // a server that has answered may cut the connection before it has read all
    socket.on("error", finish);
    socket.on("close", finish);
    socket.write(bytes);
  });
}

/** A request as text, with `Connection: close`. */
export function rawRequest(target: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Buffer {
  const lines = Object.entries({ Host: "localhost", Connection: "close", ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return Buffer.from([`${method} ${target} HTTP/1.1`, ...lines, "", ""].join("\r\n"), "latin1");
}
