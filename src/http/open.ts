/** @module Answers that are nobody's secret: every site may read them, and caches may keep them. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { protectAnswer } from "./reply.js";

/** What an open address answers to. */
const METHODS = "GET, HEAD, OPTIONS";

/** Lets pages of other sites read an answer, whatever headers they ask with: nobody's rights depend on it. */
const READABLE = {
  "Access-Control-Allow-Origin": "*",
  "Cross-Origin-Resource-Policy": "cross-origin",
};

/** Answers with JSON. */
export function sendOpenJson(
  req: IncomingMessage,
  res: ServerResponse,
  { body, maxAge }: { readonly body: object /** Seconds; 0: no cache may keep it. */; readonly maxAge: number },
): void {
  protectAnswer(req, res);
  const text = JSON.stringify(body);
  res.writeHead(200, {
    ...READABLE,
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(text)),
    "Cache-Control": maxAge > 0 ? `public, max-age=${maxAge}` : "no-store",
  });
  res.end(req.method === "HEAD" ? undefined : text);
}

/** Answers what asks for nothing: a preflight, or a method that does nothing here. True when it was one of these. */
export function answeredWithoutBody(req: IncomingMessage, res: ServerResponse): boolean {
  if (req.method === "GET" || req.method === "HEAD") return false;
  protectAnswer(req, res);
  if (req.method === "OPTIONS") {
    const allowed = { "Access-Control-Allow-Methods": METHODS, "Access-Control-Allow-Headers": "*" };
    res.writeHead(204, { ...READABLE, ...allowed, Allow: METHODS, "Access-Control-Max-Age": "3600" });
  } else {
    res.writeHead(405, { ...READABLE, Allow: METHODS, "Content-Length": "0" });
  }
  res.end();
  return true;
}
