/** @module Small requests to a server that is asked again and again: what `fetch` does, over node:http, for less CPU. */
import { Agent, type IncomingMessage, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import type { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { promisify, types } from "node:util";
import { brotliDecompress, unzip } from "node:zlib";

/** Calls a URL, as `fetch` does. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How long a connection is kept that nobody uses, in milliseconds, where the server does not say that it keeps it for less. */
const IDLE = 5000;

/** How much sooner than the server we close it, in milliseconds: a request must not meet a connection that is being closed. */
const MARGIN = 1000;

/** Statuses whose answers have no body (Fetch §2.2.6). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** Where undici keeps what the platform's `fetch` sends with, on Node 20 and on later ones. */
const DISPATCHERS = [Symbol.for("undici.globalDispatcher.1"), Symbol.for("undici.globalDispatcher.2")];

/** How Node's own `fetch` begins, so that it is known whenever another one took its place, before this file was loaded too. */
const PLATFORM_FETCH = /^function fetch\(input, init = undefined\) \{/;

/**
 * Creates a `fetch` whose connections are kept. Answers are read to their end before they are handed over. What node:http can't send as it
 * stands goes to the platform's `fetch`: a body that is no text, redirects that are to be followed. So does everything once the app has put something of
 * its own in the place of `fetch`, or of what that sends with: a proxy, a CA, a test.
 */
export function createKeptFetch(): Fetch {
  const plain = { send: request, agent: closingFirst(new Agent({ keepAlive: true, timeout: IDLE })) };
  const secure = { send: secureRequest, agent: closingFirst(new SecureAgent({ keepAlive: true, timeout: IDLE })) };
  return async (url, init) => {
    const target = new URL(url);
    if (!isSimple(target, init) || isReplaced()) return fetch(url, init);
    const by = target.protocol === "https:" ? secure : plain;
    if (Object.keys(by.agent.freeSockets).length > 0) await goodbyesRead();
    return exchange(by, target, init);
  };
}

/** Node's agents keep a connection until the last moment of what the server grants (`Keep-Alive: timeout=5`). */
function closingFirst<A extends Agent>(agent: A): A {
  const keep = agent.keepSocketAlive.bind(agent) as (socket: Socket) => boolean;
  agent.keepSocketAlive = (socket) => {
    const { timeout = 0 } = keep(socket as Socket) ? (socket as Socket) : {};
    if (timeout > MARGIN) (socket as Socket).setTimeout(timeout - MARGIN);
    return timeout > MARGIN;
  };
  return agent;
}

/**
 * Waits for what the network brings at this moment. A server that closes after an answer and did not say so would get the next request
 * otherwise, which fails: nobody may send a POST twice.
 */
async function goodbyesRead(): Promise<void> {
  // the second one comes after a look at the network
  await turn();
  await turn();
}

function isSimple({ protocol, username, password }: URL, { body, redirect }: RequestInit): boolean {
  const isText = body === undefined || body === null || typeof body === "string" || body instanceof URLSearchParams;
  return isText && redirect === "manual" && /^https?:$/.test(protocol) && username === "" && password === "";
}

function isReplaced(): boolean {
  return (
    !PLATFORM_FETCH.test(String(globalThis.fetch)) ||
    !DISPATCHERS.every((key) => isPlatforms(Reflect.get(globalThis, key)))
  );
}

/** Node's own dispatcher is an Agent that nobody has given any option. */
function isPlatforms(dispatcher: unknown): boolean {
  if (typeof dispatcher !== "object" || dispatcher === null) return dispatcher === undefined;
  const key = Object.getOwnPropertySymbols(dispatcher).find(({ description }) => description === "options");
  const options: unknown = key && Reflect.get(dispatcher, key);
  const isPlain = dispatcher.constructor.name === "Agent" && !types.isProxy(dispatcher);
  return isPlain && Object.values(options ?? { unknown: true }).every((one) => one === undefined || one === Infinity);
}

function exchange(
  { send, agent }: { readonly send: typeof request; readonly agent: Agent },
  url: URL,
  init: RequestInit,
): Promise<Response> {
  const { method = "GET", body, signal } = init;
  const failure = (cause: unknown, what: string): unknown =>
    signal?.aborted === true ? signal.reason : new TypeError(what, { cause });
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => reject(failure(cause, "fetch failed"));
    const req = send(url, { method, agent, headers: headersOf(init), ...(signal && { signal }) });
    req.on("error", fail);
    req.on("upgrade", (_res, socket) => {
      socket.destroy();
      fail(new Error("the server wants to speak another protocol (101), which nobody asked for"));
    });
    req.on("response", (res) => {
      read(res)
        // as with `fetch`, an answer that began and breaks off is one that can't be read
        .catch((cause: unknown) => broken(failure(cause, "terminated")))
        .then((content) => resolve(responseOf(res, content)))
        // there are answers that a Response can't be: with the status 600, say
        .catch(fail);
    });
    req.end(body instanceof URLSearchParams ? body.toString() : body);
  });
}

/** The caller's, and what the platform's `fetch` adds. No encoding is asked for: the answers are small. */
function headersOf({ headers, body }: RequestInit): Record<string, string> {
  const form = body instanceof URLSearchParams && { "content-type": "application/x-www-form-urlencoded;charset=UTF-8" };
  const usual = { accept: "*/*", "user-agent": "node", "accept-encoding": "identity", ...form };
  return { ...usual, ...Object.fromEntries(headers instanceof Headers ? headers : new Headers(headers)) };
}

async function read(res: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  return decoded(await bytesOf(res), res.headersDistinct["content-encoding"]);
}

function broken(error: unknown): ReadableStream {
  return new ReadableStream({ start: (controller) => controller.error(error) });
}

function responseOf(res: IncomingMessage, body: Buffer<ArrayBuffer> | ReadableStream): Response {
  const { statusCode: status = 0, statusMessage: statusText = "", headersDistinct } = res;
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  return new Response(BODILESS.has(status) ? null : body, { status, statusText, headers });
}

function bytesOf(res: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    res.on("data", (chunk: Buffer) => chunks.push(chunk));
    res.on("end", () => resolve(Buffer.concat(chunks)));
    res.on("error", reject);
  });
}

/** Some encode whatever is asked, and some name what is no encoding (`utf-8`): as with `fetch`, what nobody knows stays as it came. */
async function decoded(body: Buffer<ArrayBuffer>, encodings: readonly string[] = []): Promise<Buffer<ArrayBuffer>> {
  const encoding = encodings.join().toLowerCase();
  if (body.length === 0 || encoding === "" || encoding === "identity") return body;
  if (encoding === "br") return promisify(brotliDecompress)(body);
  if (/^(x-)?gzip$|^deflate$/.test(encoding)) return promisify(unzip)(body);
  return body;
}
