import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeHtml, markPrivate, protectAnswer, redirect, sendJson, sendPage } from "../../../src/http/reply.js";
import { serve } from "../../support/exchange.js";

type Answering = (req: IncomingMessage, res: ServerResponse) => void;

async function ask(answering: Answering, method = "GET"): Promise<{ answer: Response; text: string }> {
  const answer = await fetch(await serve(answering), { method, redirect: "manual" });
  return { answer, text: await answer.text() };
}

const page = { lang: "en", title: "Log out?", html: "<p>Really?</p>" };

const kinds: [name: string, answering: Answering][] = [
  ["a redirect", (req, res) => redirect(req, res, "/x")],
  ["JSON", (req, res) => sendJson(req, res, { status: 401, body: { error: "x" } })],
  ["a page", (req, res) => sendPage(req, res, page)],
  [
    "an error that the app answers",
    (req, res) => {
      protectAnswer(req, res);
      res.statusCode = 403;
      res.end();
    },
  ],
];

describe.each(kinds)("every answer of ours: %s", (_name, answering) => {
  test("is kept by no cache and tells no other site where it comes from", async () => {
    const { headers } = (await ask(answering)).answer;
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });

  test("carries helmet's headers", async () => {
    const { headers } = (await ask(answering)).answer;
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none';/);
    expect(headers.get("content-security-policy")).toMatch(/form-action 'self';frame-ancestors 'none';base-uri 'none'/);
  });

  test("does not decide for the whole host, nor cut a popup off from its opener", async () => {
    const { headers } = (await ask(answering)).answer;
    expect(headers.has("strict-transport-security")).toBe(false);
    expect(headers.has("cross-origin-opener-policy")).toBe(false);
  });
});

describe("an error page of the app", () => {
  test("is kept by no cache and tells no other site where it comes from; the rest is the app's", async () => {
    const { answer } = await ask((_req, res) => {
      markPrivate(res);
      res.end("x");
    });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    expect(answer.headers.has("content-security-policy")).toBe(false);
  });

  test("that has begun already is left alone", async () => {
    const { answer } = await ask((_req, res) => {
      res.writeHead(200);
      markPrivate(res);
      res.end("x");
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.has("cache-control")).toBe(false);
  });
});

describe("a redirect", () => {
  test.each([
    ["GET", 302],
    ["HEAD", 302],
    ["POST", 303],
    ["PUT", 303],
  ])("after %s has status %i, so that the next request is a GET", async (method, status) => {
    const { answer, text } = await ask((req, res) => redirect(req, res, "https://id.example/auth?x=1"), method);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("location")).toBe("https://id.example/auth?x=1");
    expect(answer.headers.get("content-length")).toBe("0");
    expect(text).toBe("");
  });

  test("keeps the cookies that were set before", async () => {
    const { answer } = await ask((req, res) => {
      res.setHeader("Set-Cookie", "a=b");
      redirect(req, res, "/");
    });
    expect(answer.headers.getSetCookie()).toEqual(["a=b"]);
  });
});

describe("JSON", () => {
  const body = { error: "OIDC_SESSION_MISSING", message: "caf\u00e9" };

  test("is sent with its status, type and length in bytes", async () => {
    const { answer, text } = await ask((req, res) => sendJson(req, res, { status: 401, body }));
    expect(answer.status).toBe(401);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(answer.headers.get("content-length")).toBe(String(Buffer.byteLength(text)));
    expect(JSON.parse(text)).toEqual(body);
  });

  test("for HEAD has the same headers and no body", async () => {
    const { answer, text } = await ask((req, res) => sendJson(req, res, { status: 401, body }), "HEAD");
    expect(answer.headers.get("content-length")).toBe(String(Buffer.byteLength(JSON.stringify(body))));
    expect(text).toBe("");
  });
});

describe("a page", () => {
  test("is whole HTML, with its language, title and text", async () => {
    const { answer, text } = await ask((req, res) => sendPage(req, res, page));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(text).toMatch(/^<!doctype html><html lang="en">.*<title>Log out\?<\/title>.*<h1>Log out\?<\/h1><p>Really/);
    expect(text).not.toContain("<script");
  });

  test("shows its style under its own content security policy", async () => {
    const { answer, text } = await ask((req, res) => sendPage(req, res, page));
    const style = /<style>(.*?)<\/style>/s.exec(text)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(answer.headers.get("content-security-policy")).toContain(`style-src 'sha256-${hash}'`);
    expect(text).not.toContain("style=");
  });

  test("escapes its title and language", async () => {
    const hostile = { lang: '"><script>', title: "<script>alert('1')</script>", html: "" };
    const { text } = await ask((req, res) => sendPage(req, res, hostile));
    expect(text).not.toContain("<script");
    expect(text).toContain("&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;");
  });

  test("may carry headers of its own", async () => {
    const { answer } = await ask((req, res) => sendPage(req, res, { ...page, headers: { Refresh: "0; url=/x" } }));
    expect(answer.headers.get("refresh")).toBe("0; url=/x");
  });

  test("for HEAD has the same headers and no body", async () => {
    const { answer, text } = await ask((req, res) => sendPage(req, res, page), "HEAD");
    expect(Number(answer.headers.get("content-length"))).toBeGreaterThan(500);
    expect(text).toBe("");
  });
});

describe("escaped text", () => {
  test("has nothing that HTML or a quoted attribute would act on, and reads as before", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."& < > \" ' a ; #".split(" ")) }), (text) => {
        const escaped = escapeHtml(text);
        expect(escaped).not.toMatch(/[<>"']|&(?!#\d+;)/);
        expect(escaped.replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)))).toBe(text);
      }),
    );
  });
});
