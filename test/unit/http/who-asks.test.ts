import { request } from "node:http";
import { describe, expect, test } from "vitest";
import {
  forwardedProto,
  header,
  isFromThisSite,
  isPreflight,
  isTls,
  isTopLevelVisit,
  mayBeFrame,
  wantsPage,
} from "../../../src/http/who-asks.js";
import { type Asked, requestWith, serve } from "../../support/exchange.js";

const chromeAccept =
  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7";
const firefoxAccept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/** Fetch Metadata as browsers send it. */
function fetched(mode: string, dest: string, more: Record<string, string> = {}): Record<string, string> {
  return { "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest, ...more };
}

type Row = [who: string, asked: Asked["headers"], method?: string];

const pages: Row[] = [
  [
    "Chrome, a typed address",
    {
      Accept: chromeAccept,
      "Sec-Fetch-Site": "none",
      "Sec-Fetch-Mode": "navigate",
      "Sec-Fetch-User": "?1",
      "Sec-Fetch-Dest": "document",
      "Upgrade-Insecure-Requests": "1",
    },
  ],
  ["Chrome, a link", fetched("navigate", "document", { Accept: chromeAccept })],
  ["Chrome, a form that is posted", fetched("navigate", "document", { Accept: chromeAccept }), "POST"],
  ["Chrome, a link on another site", fetched("navigate", "document", { "Sec-Fetch-Site": "cross-site" })],
  ["Firefox", fetched("navigate", "document", { Accept: firefoxAccept, Priority: "u=0, i" })],
  ["Safari 17", fetched("navigate", "document", { Accept: firefoxAccept })],
  ["Safari 15, which sends no Fetch Metadata", { Accept: firefoxAccept }],
  ["a browser that sends only its Sec-Fetch-Mode", { "Sec-Fetch-Mode": "navigate", Accept: firefoxAccept }],
  [
    "Chrome on a site without TLS, which gets no Fetch Metadata",
    { Accept: chromeAccept, "Upgrade-Insecure-Requests": "1" },
  ],
  ["Internet Explorer 11", { Accept: "text/html, application/xhtml+xml, */*" }],
  ["a program that asks for XHTML", { Accept: "application/xhtml+xml" }],
];

/** A person may be behind these, but nothing says that they want a page. */
const plain: Row[] = [
  ["curl", { Accept: "*/*", "User-Agent": "curl/8.5.0" }],
  ["wget", { Accept: "*/*", "Accept-Encoding": "identity" }],
  ["a program without an Accept header", {}],
  ["a program that asks for JSON", { Accept: "application/json" }],
  ["fetch on a site without TLS", { Accept: "*/*", Referer: "http://shop.example/" }],
  ["Firefox asking for the head of a page", fetched("navigate", "document", { Accept: firefoxAccept }), "HEAD"],
];

const scripts: Row[] = [
  ["Chrome, fetch()", fetched("cors", "empty", { Accept: "*/*" })],
  ["Chrome, fetch() that asks for HTML", fetched("cors", "empty", { Accept: "text/html" })],
  ["Chrome, fetch() within the origin", fetched("same-origin", "empty", { Accept: "text/html" })],
  ["Chrome, fetch() without CORS", fetched("no-cors", "empty", { Accept: "*/*" })],
  ["Firefox, XMLHttpRequest", fetched("cors", "empty", { Accept: "application/json, text/plain, */*" })],
  ["jQuery on a site without TLS", { "X-Requested-With": "XMLHttpRequest", Accept: "text/html, */*; q=0.01" }],
  ["an old script library", { "X-Requested-With": "xmlhttprequest", Accept: firefoxAccept }],
  ["htmx", fetched("cors", "empty", { Accept: "text/html, */*", "HX-Request": "true" })],
  ["EventSource", fetched("cors", "empty", { Accept: "text/event-stream" })],
  ["a beacon", fetched("no-cors", "empty", { Accept: "*/*" }), "POST"],
  ["Chrome, a WebSocket", fetched("websocket", "empty", { Upgrade: "websocket", Connection: "Upgrade" })],
  ["Firefox, a WebSocket", fetched("websocket", "websocket", { Upgrade: "websocket" })],
  ["a WebSocket client without Fetch Metadata", { Upgrade: "websocket", Connection: "Upgrade" }],
  ["a service worker", fetched("same-origin", "serviceworker", { "Service-Worker": "script" })],
];

const parts: Row[] = [
  ["an iframe", fetched("navigate", "iframe", { Accept: chromeAccept })],
  ["a frame", fetched("navigate", "frame", { Accept: firefoxAccept })],
  ["an object", fetched("navigate", "object", { Accept: chromeAccept })],
  ["an embed", fetched("navigate", "embed", { Accept: chromeAccept })],
  ["a fenced frame", fetched("navigate", "fencedframe", { Accept: chromeAccept })],
  ["an image", fetched("no-cors", "image", { Accept: "image/avif,image/webp,*/*;q=0.8" })],
  [
    "an image that another site shows",
    { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image" },
  ],
  ["a stylesheet", fetched("no-cors", "style", { Accept: "text/css,*/*;q=0.1" })],
  ["a script element", fetched("no-cors", "script", { Accept: "*/*" })],
  ["a module", fetched("cors", "script", { Accept: "*/*" })],
  ["a font", fetched("cors", "font", { Accept: "*/*" })],
  ["a video", fetched("no-cors", "video", { Range: "bytes=0-" })],
  ["a manifest", fetched("cors", "manifest")],
];

const ahead: Row[] = [
  ["Chrome, link prefetch", fetched("no-cors", "empty", { Purpose: "prefetch", "Sec-Purpose": "prefetch" })],
  [
    "Chrome, speculation rules, prefetch",
    fetched("navigate", "document", { Accept: chromeAccept, "Sec-Purpose": "prefetch" }),
  ],
  [
    "Chrome, speculation rules, prefetch through a proxy",
    fetched("navigate", "document", { "Sec-Purpose": "prefetch;anonymous-client-ip" }),
  ],
  [
    "Chrome, speculation rules, prerender",
    fetched("navigate", "document", { Accept: chromeAccept, "Sec-Purpose": "prefetch;prerender" }),
  ],
  [
    "Chrome, address bar, prerender",
    { "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Purpose": "prefetch;prerender" },
  ],
  ["Chrome 100, prerender", fetched("navigate", "document", { Purpose: "prefetch" })],
  ["Firefox, link prefetch", fetched("no-cors", "empty", { "Sec-Purpose": "prefetch", Accept: firefoxAccept })],
  ["Firefox 100, link prefetch", { "X-Moz": "prefetch", Accept: firefoxAccept }],
  ["Safari, link prefetch", { Purpose: "prefetch", Accept: firefoxAccept }],
  ["a browser that shows a preview", { Purpose: "preview", Accept: firefoxAccept }],
];

describe("who is asking", () => {
  test.each(pages)("a page is shown, for a person opens it: %s", (_who, headers, method = "GET") => {
    const req = requestWith({ headers, method });
    expect([isTopLevelVisit(req), wantsPage(req)]).toEqual([true, true]);
  });

  test.each(plain)("no page is shown, but a login may begin: %s", (_who, headers, method = "GET") => {
    const req = requestWith({ headers, method });
    expect([isTopLevelVisit(req), wantsPage(req)]).toEqual([true, false]);
  });

  test.each(scripts)("a script is no person: %s", (_who, headers, method = "GET") => {
    const req = requestWith({ headers, method });
    expect([isTopLevelVisit(req), wantsPage(req)]).toEqual([false, false]);
  });

  test.each(parts)("a part of a page is no visit: %s", (_who, headers) => {
    const req = requestWith({ headers });
    expect([isTopLevelVisit(req), wantsPage(req)]).toEqual([false, false]);
  });

  test.each(ahead)("who asks ahead of its user is no visit: %s", (_who, headers) => {
    const req = requestWith({ headers });
    expect([isTopLevelVisit(req), wantsPage(req)]).toEqual([false, false]);
  });
});

describe("a frame of somebody's page", () => {
  test.each<Row>([
    ["an iframe", fetched("navigate", "iframe")],
    ["an iframe on another site", fetched("navigate", "iframe", { "Sec-Fetch-Site": "cross-site" })],
    ["a frame", fetched("navigate", "frame")],
    ["a browser that sends no Fetch Metadata", { Accept: chromeAccept }],
    ["a browser that sends only its Sec-Fetch-Mode", { "Sec-Fetch-Mode": "navigate" }],
    ["a browser that tells only that it is this site", { "Sec-Fetch-Site": "same-origin" }],
  ])("may be behind it: %s", (_who, headers) => {
    expect(mayBeFrame(requestWith({ headers }))).toBe(true);
  });

  test.each<Row>([
    ["a link on another site", fetched("navigate", "document", { "Sec-Fetch-Site": "cross-site" })],
    ["a link of this site", fetched("navigate", "document")],
    ["an object", fetched("navigate", "object")],
    ["fetch()", fetched("cors", "empty")],
    ["an empty header", { "Sec-Fetch-Dest": "" }],
    ["a browser that tells only that it is another site", { "Sec-Fetch-Site": "cross-site" }],
  ])("is not behind it: %s", (_who, headers) => {
    expect(mayBeFrame(requestWith({ headers }))).toBe(false);
  });
});

describe("which site is asking", () => {
  const origin = "https://shop.example";

  test.each([
    ["a page of this site", { "Sec-Fetch-Site": "same-origin" }],
    ["a typed address or a bookmark", { "Sec-Fetch-Site": "none" }],
    ["a form of this site, old browser", { Origin: origin }],
    ["a link of this site, old browser", { Referer: `${origin}/account?x=1` }],
    ["this site, whatever the referrer is then", { "Sec-Fetch-Site": "same-origin", Referer: "https://evil.example/" }],
  ])("this site or its user: %s", (_who, headers) => {
    expect(isFromThisSite(requestWith({ headers }), origin)).toBe(true);
  });

  test.each([
    ["another site", { "Sec-Fetch-Site": "cross-site" }],
    ["a sub-domain", { "Sec-Fetch-Site": "same-site" }],
    [
      "another site that claims to be this one",
      { "Sec-Fetch-Site": "cross-site", Origin: origin, Referer: `${origin}/` },
    ],
    ["another site, old browser", { Referer: "https://evil.example/" }],
    ["another site's form, old browser", { Origin: "https://evil.example", Referer: `${origin}/` }],
    ["a sandboxed frame", { Origin: "null" }],
    ["a host that begins like this one", { Origin: "https://shop.example.evil.example" }],
    ["the same host without TLS", { Origin: "http://shop.example" }],
    ["another port", { Origin: "https://shop.example:8443" }],
    ["rubbish", { Referer: "shop.example" }],
    ["an empty header", { "Sec-Fetch-Site": "" }],
    ["nobody says", {}],
  ])("perhaps somebody else: %s", (_who, headers) => {
    expect(isFromThisSite(requestWith({ headers }), origin)).toBe(false);
  });
});

describe("a CORS preflight", () => {
  const preflight = { Origin: "https://app.example", "Access-Control-Request-Method": "PUT" };

  test("is known by its method and both headers", () => {
    expect(isPreflight(requestWith({ method: "OPTIONS", headers: preflight }))).toBe(true);
  });

  test.each([
    ["another method", "GET", preflight],
    ["no origin", "OPTIONS", { "Access-Control-Request-Method": "PUT" }],
    ["no method asked for", "OPTIONS", { Origin: "https://app.example" }],
  ])("is nothing else: %s", (_what, method, headers) => {
    expect(isPreflight(requestWith({ method, headers }))).toBe(false);
  });
});

describe("the connection", () => {
  test("is TLS only where the socket says so", () => {
    const req = requestWith({ headers: { "X-Forwarded-Proto": "https" } });
    expect(isTls(req)).toBe(false);
    expect(isTls(Object.assign(req, { socket: { encrypted: true } }))).toBe(true);
  });

  test.each([
    ["https", "https"],
    ["HTTPS", "https"],
    [" https , http", "https"],
    ["http,https", "http"],
    [undefined, undefined],
  ])("is what the nearest proxy says of the client: %s", (value, expected) => {
    expect(forwardedProto(requestWith({ headers: { "X-Forwarded-Proto": value } }))).toBe(expected);
  });
});

describe("a header", () => {
  test("is read once where it was sent several times", async () => {
    const url = await serve((req, res) => res.end([header(req, "set-cookie"), header(req, "x-none")].join("|")));
    const text = await new Promise<string>((resolve) => {
      const asked = request(url, { headers: { "Set-Cookie": ["first", "second"] } }, (res) => {
        res.setEncoding("utf8").on("data", resolve);
      });
      asked.end();
    });
    expect(text).toBe("first|");
  });
});
