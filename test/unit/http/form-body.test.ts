import { EventEmitter, once } from "node:events";
import { connect as openSocket } from "node:net";
import { Readable } from "node:stream";
import type { NextHandleFunction } from "connect";
import express, { type Express } from "express";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RequestError } from "../../../src/errors.js";
import { readForm } from "../../../src/http/form-body.js";
import { requestWith, serve } from "../../support/exchange.js";
import { express4 } from "../../support/express4.js";

const form = "application/x-www-form-urlencoded";

/** An app that answers with the fields it reads, or with the status and code of the error. */
function appWith(framework: typeof express, ...parsers: NextHandleFunction[]): Express {
  const app = framework();
  for (const parser of parsers) app.use(parser);
  app.use((req, res) => {
    readForm(req).then(
      (fields) => res.json([...fields]),
      (error: unknown) => res.status(error instanceof RequestError ? error.status : 500).json(String(error)),
    );
  });
  return app;
}

async function post(app: Express, body: string | Buffer, type = form): Promise<{ status: number; body: unknown }> {
  const url = await serve(app);
  const answer = await fetch(url, {
    method: "POST",
    body: new Uint8Array(Buffer.from(body)),
    headers: { "Content-Type": type },
  });
  return { status: answer.status, body: await answer.json() };
}

const setups: [name: string, create: () => Express][] = [
  ["Express 5 without a parser", () => appWith(express)],
  ["Express 4 without a parser", () => appWith(express4)],
  ["Express 5 with its form parser", () => appWith(express, express.urlencoded({ extended: false }))],
  ["Express 5 with its extended form parser", () => appWith(express, express.urlencoded({ extended: true }))],
  ["Express 4 with its form parser", () => appWith(express4, express4.urlencoded({ extended: false }))],
  ["Express 4 with its extended form parser", () => appWith(express4, express4.urlencoded({ extended: true }))],
  ["Express 5 with a JSON parser", () => appWith(express, express.json())],
  ["Express 4 with a JSON parser, which leaves an empty body", () => appWith(express4, express4.json())],
  ["Express 5 with a text parser", () => appWith(express, express.text({ type: "*/*" }))],
  ["Express 5 with a raw parser", () => appWith(express, express.raw({ type: "*/*" }))],
];

describe("a form", () => {
  test.each(setups)("is read by %s", async (_name, create) => {
    const answer = await post(
      create(),
      "returnTo=%2Fa%3Fb%3D1&confirm=x+y&empty=&__proto__=p",
      `${form}; charset=utf-8`,
    );
    const rest = [
      ["returnTo", "/a?b=1"],
      ["confirm", "x y"],
      ["empty", ""],
    ];
    expect(answer).toEqual({ status: 200, body: expect.arrayContaining(rest) });
  });

  test.each(setups)("that is empty has no fields: %s", async (_name, create) => {
    expect(await post(create(), "")).toEqual({ status: 200, body: [] });
  });

  test.each(setups)("of another type is 415: %s", async (_name, create) => {
    for (const type of ["application/json", "multipart/form-data; boundary=x", "text/plain", `${form}-not`]) {
      expect((await post(create(), "{}", type)).status).toBe(415);
    }
  });

  test("without a type is 415", async () => {
    const url = await serve(appWith(express));
    const answer = await fetch(url, { method: "POST", body: new Uint8Array([97]) });
    expect(answer.status).toBe(415);
  });

  test("may name its type in capitals", async () => {
    const answer = await post(appWith(express), "a=b", "Application/X-WWW-Form-URLEncoded;charset=UTF-8");
    expect(answer).toEqual({ status: 200, body: [["a", "b"]] });
  });

  test.each(["a=1&a=2", "a[b]=c", "a[]=1", "a[b][c]=d"])("with nested or repeated fields is 400: %s", async (body) => {
    const answer = await post(appWith(express, express.urlencoded({ extended: true })), body);
    expect(answer.status).toBe(400);
  });

  test("of 64 KB is read, one byte more is 413", async () => {
    const largest = `a=${"x".repeat(65_534)}`;
    expect((await post(appWith(express), largest)).status).toBe(200);
    expect((await post(appWith(express), `${largest}x`)).status).toBe(413);
  });

  test("of a megabyte is 413, and its sender gets the answer", async () => {
    expect((await post(appWith(express), "x".repeat(1_000_000))).status).toBe(413);
  });

  test("that comes in pieces of unknown number is read", async () => {
    const url = await serve(appWith(express));
    const body = Readable.from([Buffer.from("a=%E6"), Buffer.from("%9D%B1&b="), Buffer.from("2")]);
    const init = { method: "POST", headers: { "Content-Type": form }, body: Readable.toWeb(body), duplex: "half" };
    expect(await (await fetch(url, init as RequestInit)).json()).toEqual([
      ["a", "\u6771"],
      ["b", "2"],
    ]);
  });

  test("that is cut off is an error of the request, and ends the wait", async () => {
    const outcomes = new EventEmitter();
    const url = new URL(
      await serve((req) => void readForm(req).catch((error: unknown) => outcomes.emit("end", error))),
    );
    const ended = once(outcomes, "end");
    const socket = openSocket(Number(url.port), url.hostname);
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${form}\r\nContent-Length: 100\r\n\r\na=b`);
    setTimeout(() => socket.destroy(), 30);
    expect((await ended)[0]).toMatchObject({ code: "OIDC_REQUEST_INVALID", status: 400 });
  });

  test("that something else has read and not kept has no fields", async () => {
    const req = requestWith({ method: "POST", headers: { "Content-Type": form } });
    req.push("a=b");
    req.push(null);
    for await (const _chunk of req);
    expect([...(await readForm(req))]).toEqual([]);
  });
});

describe("whatever is sent", () => {
  const type = fc.oneof(fc.constant(form), fc.string(), fc.constant(undefined));

  test("as bytes is read or refused as the sender's mistake", async () => {
    const property = fc.asyncProperty(type, fc.uint8Array({ maxLength: 300 }), async (contentType, bytes) => {
      const req = requestWith({ method: "POST", headers: { "content-type": contentType } });
      req.push(bytes);
      req.push(null);
      await expectSendersMistake(readForm(req));
    });
    await fc.assert(property);
  });

  test("through a parser is read or refused as the sender's mistake", async () => {
    const property = fc.asyncProperty(fc.anything({ withNullPrototype: true, withTypedArray: true }), async (body) => {
      const req = requestWith({ method: "POST", headers: { "content-type": form } });
      req.push("a=b");
      req.push(null);
      for await (const _chunk of req);
      expect(req.readableDidRead).toBe(true);
      await expectSendersMistake(readForm(Object.assign(req, { body })));
    });
    await fc.assert(property);
  });
});

async function expectSendersMistake(reading: Promise<URLSearchParams>): Promise<void> {
  const outcome = await reading.catch((error: unknown) => error);
  if (outcome instanceof URLSearchParams) return;
  expect(outcome).toBeInstanceOf(RequestError);
  expect((outcome as RequestError).status).toBeLessThan(500);
}
