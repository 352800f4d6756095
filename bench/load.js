/**
 * The load: a fixed number of requests over kept connections, one at a time on each.
 *
 * Written on sockets, because a client of `node:http` costs more CPU per request than bare Express does and
 * would be what is measured. Every answer is read to its end and compared.
 *
 * @module
 */
import { once } from "node:events";
import { connect } from "node:net";

const headEnd = "\r\n\r\n";

/**
 * @typedef {object} Target
 * @property {number} port
 * @property {string} path
 * @property {readonly Call[]} calls - They take turns, from the first run to the last.
 */

/** @typedef {{ headers: Record<string, string>, expectedBody: string }} Call */

/**
 * Opens the connections.
 *
 * @param {Target} target
 * @param {number} count - How many connections.
 */
export async function openLoad(target, count) {
  const connections = await Promise.all(Array.from({ length: count }, () => openConnection(target.port)));
  let sent = 0;

  return {
    /**
     * Sends the requests and counts the answers that are not 200 with the right body.
     *
     * @param {number} requests
     * @param {number} timeoutMs - After which the run is given up.
     */
    async run(requests, timeoutMs) {
      let left = requests;
      let wrong = 0;
      const giveUp = setTimeout(() => close(new Error(`not answered within ${timeoutMs / 1000} s`)), timeoutMs);
      /** @param {Connection} connection */
      async function work(connection) {
        while (left > 0) {
          left -= 1;
          const call = target.calls[sent % target.calls.length];
          sent += 1;
          if (call === undefined) throw new Error("nothing to call with");
          const { status, body } = await connection.exchange(requestOf(target, call));
          if (status !== 200 || body !== call.expectedBody) wrong += 1;
        }
      }
      try {
        await Promise.all(connections.map(work));
      } finally {
        clearTimeout(giveUp);
      }
      return { wrong };
    },
    close,
  };

  /** @param {Error} [error] */
  function close(error) {
    for (const connection of connections) connection.close(error);
  }
}

/**
 * @param {Target} target
 * @param {Call} call
 */
function requestOf({ port, path }, { headers }) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`GET ${path} HTTP/1.1`, `host: 127.0.0.1:${port}`, "connection: keep-alive", ...lines];
  return head.join("\r\n") + headEnd;
}

/** @typedef {Awaited<ReturnType<typeof openConnection>>} Connection */

/** @param {number} port */
async function openConnection(port) {
  const socket = connect(port, "127.0.0.1").setNoDelay().setEncoding("latin1");
  await once(socket, "connect");
  let received = "";
  /** @type {((answer: { status: number, body: string }) => void) | undefined} */
  let answered;
  /** @type {((error: Error) => void) | undefined} */
  let failed;

  socket.on("data", (chunk) => {
    received += chunk;
    const answer = readAnswer(received);
    if (answer === undefined) return;
    received = "";
    answered?.(answer);
  });
  socket.on("error", (error) => failed?.(error));
  socket.on("close", () => failed?.(new Error("the server closed a connection that was to be kept")));

  return {
    /**
     * @param {string} request
     * @returns {Promise<{ status: number, body: string }>}
     */
    exchange(request) {
      return new Promise((resolve, reject) => {
        answered = resolve;
        failed = reject;
        if (socket.destroyed) reject(new Error("the connection is closed"));
        socket.write(request, "latin1");
      });
    },
    /** @param {Error} [error] */
    close(error) {
      socket.destroy(error);
    },
  };
}

/**
 * @param {string} text - What has been received since the request.
 * @returns {{ status: number, body: string } | undefined} nothing while the answer is not complete.
 */
function readAnswer(text) {
  const end = text.indexOf(headEnd);
  if (end === -1) return undefined;
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(text.slice(0, end + 2));
  if (length === null) throw new Error("an answer without Content-Length");
  const body = text.slice(end + headEnd.length);
  if (body.length < Number(length[1])) return undefined;
  return { status: Number(text.slice(9, 12)), body };
}
