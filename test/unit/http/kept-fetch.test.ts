import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { createKeptFetch } from "../../../src/http/kept-fetch.js";

const dispatcherKey = Symbol.for("undici.globalDispatcher.1");
const servers: Server[] = [];
/** Where undici's agents keep their options. */
const optionsKey: unique symbol = Symbol("options");
/** As every request to a provider is made. */
const manual = { redirect: "manual" } as const;

/** A server, and how many connections it has seen. */
async function serve(listener: RequestListener) {
  const server = createServer(listener);
  servers.push(server);
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, connections: () => connections };
}

/** A server that answers each request as it likes, in bytes. */
async function serveRaw(answer: (socket: Socket) => void) {
  const server = createServer();
  servers.push(server);
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => answer(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** Answers with what came, as JSON. */
const echo: RequestListener = (req, res) => {
  void text(req).then((body) => res.end(JSON.stringify({ method: req.method, headers: req.headers, body })));
};

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

describe("requests to the provider", () => {
  test("share a connection, one after the other", async () => {
    const { url, connections } = await serve(echo);
    const call = createKeptFetch();
    for (let n = 0; n < 3; n += 1) await (await call(url, manual)).text();
    expect(connections()).toBe(1);
  });

  test("carry the method, the headers and the form that were given", async () => {
    const { url } = await serve(echo);
    const body = new URLSearchParams({ grant_type: "authorization_code", note: "\u00e4&=" });
    const response = await createKeptFetch()(url, {
      ...manual,
      method: "POST",
      headers: { Authorization: "Basic eA==" },
      body,
    });
    expect(await response.json()).toMatchObject({
      method: "POST",
      body: body.toString(),
      headers: {
        authorization: "Basic eA==",
        "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
        "content-length": String(body.toString().length),
      },
    });
  });

  test("carry a text as it stands, with the length of its bytes", async () => {
    const { url } = await serve(echo);
    const response = await createKeptFetch()(url, { ...manual, method: "POST", body: "\u00e4" });
    expect(await response.json()).toMatchObject({ body: "\u00e4", headers: { "content-length": "2" } });
  });

  test("follow no redirect", async () => {
    const { url } = await serve((_req, res) => res.writeHead(302, { location: "/elsewhere" }).end());
    const response = await createKeptFetch()(url, manual);
    expect([response.status, response.headers.get("location")]).toEqual([302, "/elsewhere"]);
  });

  test("take an answer without a body, and a header that stands twice", async () => {
    const { url } = await serve((_req, res) =>
      res
        .writeHead(204, [
          ["www-authenticate", "Bearer"],
          ["www-authenticate", "DPoP"],
        ] as never)
        .end(),
    );
    const response = await createKeptFetch()(url, manual);
    expect([response.status, response.body, response.headers.get("www-authenticate")]).toEqual([
      204,
      null,
      "Bearer, DPoP",
    ]);
  });

  test("fail as a timeout when the answer, or its end, stays away", async () => {
    const { url } = await serve((req, res) => {
      if (req.url === "/half") res.writeHead(200).write("{");
    });
    const call = (to: string) => createKeptFetch()(to, { ...manual, signal: AbortSignal.timeout(50) });
    await expect(call(url)).rejects.toMatchObject({ name: "TimeoutError" });
    await expect(call(`${url}half`)).rejects.toMatchObject({ name: "TimeoutError" });
  });

  test("fail as a network fault, with its cause, when nobody answers", async () => {
    const refused = createKeptFetch()("http://127.0.0.1:1/", manual);
    await expect(refused).rejects.toBeInstanceOf(TypeError);
    await expect(refused).rejects.toMatchObject({ message: "fetch failed", cause: { code: "ECONNREFUSED" } });
  });

  test("give an answer that can't be read when it breaks off", async () => {
    const { url } = await serve((_req, res) => {
      res.writeHead(200, { "content-length": "10" }).write("{");
      setTimeout(() => res.destroy(), 20);
    });
    const response = await createKeptFetch()(url, manual);
    expect(response.status).toBe(200);
    await expect(response.json()).rejects.toMatchObject({ name: "TypeError", message: "terminated" });
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ])("ask for no encoding, and read %s all the same", async (encoding, encode) => {
    const asked: unknown[] = [];
    const { url } = await serve((req, res) => {
      asked.push(req.headers["accept-encoding"]);
      res.writeHead(200, { "content-encoding": encoding }).end(encode('{"a":1}'));
    });
    expect(await (await createKeptFetch()(url, manual)).json()).toEqual({ a: 1 });
    expect(asked).toEqual(["identity"]);
  });

  test("give an answer that can't be read when it is not encoded as it says", async () => {
    const { url } = await serve((_req, res) => res.writeHead(200, { "content-encoding": "gzip" }).end("x"));
    await expect((await createKeptFetch()(url, manual)).text()).rejects.toMatchObject({ message: "terminated" });
  });

  test("leave an answer as it came where its encoding is none that anybody knows, as fetch does", async () => {
    const { url } = await serve((_req, res) => res.writeHead(200, { "content-encoding": "utf-8" }).end("{}"));
    for (const call of [createKeptFetch(), fetch]) expect(await (await call(url, manual)).json()).toEqual({});
  });

  test.each([
    ["a status that is none", "HTTP/1.1 600 Odd\r\nContent-Length: 2\r\n\r\n{}"],
    ["a status that is less than any", "HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\n{}"],
    ["a reason with control characters", "HTTP/1.1 200 O\u0001K\r\nContent-Length: 2\r\n\r\n{}"],
    ["another protocol", "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: odd\r\n\r\n"],
    ["no HTTP at all", "hello\r\n\r\n"],
  ])("fail as a network fault when the answer is %s", async (_what, answer) => {
    const { url } = await serveRaw((socket) => socket.write(answer));
    const call = createKeptFetch()(url, { ...manual, signal: AbortSignal.timeout(1000) });
    await expect(call).rejects.toBeInstanceOf(TypeError);
    await expect(call).rejects.toMatchObject({ message: "fetch failed", cause: expect.any(Error) });
  });

  test("reach a server that closes after each answer and does not say so", async () => {
    const { url } = await serveRaw((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
    const call = createKeptFetch();
    const statuses: number[] = [];
    for (let n = 0; n < 50; n += 1) {
      const response = await call(url, { ...manual, method: "POST", body: "x" });
      statuses.push(response.status);
    }
    expect(statuses).toEqual(Array.from({ length: 50 }, () => 200));
  });

  test.each([
    ["timeout=1", 2],
    ["timeout=5", 1],
  ])("leave a connection a second before the server does (Keep-Alive: %s)", async (keepAlive, expected) => {
    const { url, connections } = await serve((_req, res) => res.setHeader("Keep-Alive", keepAlive).end("x"));
    const call = createKeptFetch();
    await (await call(url, manual)).text();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await (await call(url, manual)).text();
    expect(connections()).toBe(expected);
  });
});

/** Puts something in the place of what the platform's `fetch` sends with, and says how often it was used. */
async function through<Result>(make: (own: Dispatcher) => Dispatcher, work: () => Promise<Result>): Promise<Result> {
  await fetch("data:,");
  const before = Reflect.get(globalThis, dispatcherKey) as Dispatcher;
  Reflect.set(globalThis, dispatcherKey, make(before));
  try {
    return await work();
  } finally {
    Reflect.set(globalThis, dispatcherKey, before);
  }
}

interface Dispatcher {
  dispatch(...args: unknown[]): boolean;
}

describe("the platform's fetch is called instead", () => {
  test.each([
    ["a body that is no text", { ...manual, method: "POST", body: new Uint8Array([1]) }],
    ["redirects that are to be followed", {}],
  ])("for %s", async (_what, init) => {
    const { url } = await serve(echo);
    const { headers } = (await (await createKeptFetch()(url, init)).json()) as { headers: Record<string, string> };
    expect(headers["sec-fetch-mode"]).toBe("cors");
  });

  test("for an address with a password in it, which it refuses", async () => {
    await expect(createKeptFetch()("http://me:secret@127.0.0.1:1/", manual)).rejects.toThrow(/credentials/);
  });

  test("where the app has put another one in its place", async () => {
    const before = globalThis.fetch;
    globalThis.fetch = async () => new Response("of the app");
    try {
      expect(await (await createKeptFetch()("http://127.0.0.1:1/", manual)).text()).toBe("of the app");
    } finally {
      globalThis.fetch = before;
    }
  });

  test("where the app has done so before anything of ours was loaded", async () => {
    const before = globalThis.fetch;
    globalThis.fetch = async () => new Response("of the app");
    try {
      const early = "../../../src/http/kept-fetch.js?early";
      const loaded = (await import(early)) as { createKeptFetch: typeof createKeptFetch };
      expect(await (await loaded.createKeptFetch()("http://127.0.0.1:1/", manual)).text()).toBe("of the app");
    } finally {
      globalThis.fetch = before;
    }
  });

  test("where the app sends its requests through a proxy, with options of its own, or by way of something else", async () => {
    const { url } = await serve(echo);
    const used: string[] = [];
    const passing = (name: string, own: Dispatcher) => ({
      dispatch(...args: unknown[]) {
        used.push(name);
        return own.dispatch(...args);
      },
    });
    class ProxyAgent {}
    class Agent {
      readonly [optionsKey] = { connect: { ca: "of the app" } };
    }
    class Unknown {}
    Object.defineProperty(Unknown, "name", { value: "Agent" });
    for (const [name, shape] of Object.entries({ ProxyAgent, Agent, Unknown })) {
      await through(
        (own) => Object.assign(new shape(), passing(name, own)),
        () => createKeptFetch()(url, manual),
      );
    }
    const composed = (own: Dispatcher) =>
      new Proxy(own, {
        get: (agent, key) =>
          key === "dispatch"
            ? (...args: unknown[]) => passing("composed", own).dispatch(...args)
            : Reflect.get(agent, key),
      });
    await through(composed, () => createKeptFetch()(url, manual));
    expect(used).toEqual(["ProxyAgent", "Agent", "Unknown", "composed"]);
  });

  test("no more than that: with the platform's own all is kept", async () => {
    const { url } = await serve(echo);
    const { headers } = (await (await createKeptFetch()(url, manual)).json()) as { headers: Record<string, string> };
    expect(headers).not.toHaveProperty("sec-fetch-mode");
  });
});
