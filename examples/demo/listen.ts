/**
 * Opens a socket before its URL is needed by what will answer on it.
 * @module
 */
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { createServer as createSocket } from "node:net";

/** An HTTP server that already listens on this machine only, waiting for its handler. */
export interface OpenServer {
  readonly port: number;
  /** Hands over to what answers from now on. */
  readonly answerWith: (listener: RequestListener) => void;
  /** Stops listening and cuts the connections that are still open. */
  readonly close: () => Promise<void>;
}

const addresses = ["127.0.0.1", "::1"];
const lastPort = 65_535;

/**
 * Listens on the first free port from `firstPort` on; 0 lets the system choose. With a certificate it speaks https.
 * @throws {Error} when none is free.
 */
export async function openServer(firstPort: number, tls?: ServerOptions): Promise<OpenServer> {
  let handOver: (listener: RequestListener) => void = () => undefined;
  const handler = new Promise<RequestListener>((resolve) => {
    handOver = resolve;
  });
  // Who comes before there is an answer waits for it.
  const waitForIt: RequestListener = (req, res) => void handler.then((answer) => answer(req, res));
  const server = tls === undefined ? createServer(waitForIt) : createTlsServer(tls, waitForIt);
  await listen(server, firstPort === 0 ? 0 : await findFreePort(firstPort));
  return {
    port: portOf(server),
    answerWith: handOver,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function findFreePort(first: number): Promise<number> {
  for (let port = first; port <= lastPort; port += 1) {
    const taken = await Promise.all(addresses.map((address) => isTaken(address, port)));
    if (!taken.includes(true)) return port;
  }
  throw new Error(`No port is free from ${first} on.`);
}

// Both addresses: "localhost" may lead a browser to a stranger on ::1 while 127.0.0.1 is free.
function isTaken(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket();
    socket.on("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code !== "EADDRNOTAVAIL" && error.code !== "EAFNOSUPPORT"),
    );
    socket.listen({ host: address, port, ipv6Only: true }, () => socket.close(() => resolve(false)));
  });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server listens on no port.");
  return address.port;
}
