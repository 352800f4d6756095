/** @module Our own answers: redirects, JSON, a page; written with node:http means, so that Connect works too. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import helmet from "helmet";

const STYLE =
  "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:26rem;margin:20vh auto 0;padding:0 1.5rem;color:#1b1b1f;background:#fff}" +
  "h1{font-size:1.4rem}button,a.button{font:inherit;display:inline-block;padding:.5rem 1.2rem;border:0;border-radius:.5rem;" +
  "background:#1d4ed8;color:#fff;text-decoration:none;cursor:pointer}button:focus-visible,a:focus-visible{outline:3px solid #93c5fd}" +
  "a{color:inherit;margin-left:1rem}a.button{margin:0}@media(prefers-color-scheme:dark){body{color:#e6e6ea;background:#17171a}}";

const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/**
 * helmet's headers for our answers. Left out: HSTS, which would bind the whole host on behalf of the app, and
 * Cross-Origin-Opener-Policy, which on a redirect would cut a login in a popup off from the page that opened it.
 */
const protect = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: [`'sha256-${STYLE_HASH}'`],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
    },
  },
  xFrameOptions: { action: "deny" },
  referrerPolicy: false,
  strictTransportSecurity: false,
  crossOriginOpenerPolicy: false,
});

/** Puts the headers on that every answer of ours has. */
export function protectAnswer(req: IncomingMessage, res: ServerResponse): void {
  protect(req, res, () => undefined);
  markPrivate(res);
}

/** Keeps an answer out of caches, and its address out of Referer headers. All that an error page of the app gets from us: the rest is the app's. */
export function markPrivate(res: ServerResponse): void {
  if (res.headersSent) return;
  res.setHeader("Cache-Control", "no-store");
  res.setHeader("Referrer-Policy", "no-referrer");
}

/** Sends the browser on. After a form POST the status is 303, so that the next request is a GET (RFC 9700 §4.12). */
export function redirect(req: IncomingMessage, res: ServerResponse, location: string): void {
  protectAnswer(req, res);
  res.writeHead(req.method === "GET" || req.method === "HEAD" ? 302 : 303, {
    Location: location,
    "Content-Length": "0",
  });
  res.end();
}

/** Answers a script. */
export function sendJson(req: IncomingMessage, res: ServerResponse, answer: { status: number; body: unknown }): void {
  protectAnswer(req, res);
  const text = JSON.stringify(answer.body);
  res.writeHead(answer.status, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": String(Buffer.byteLength(text)),
  });
  res.end(req.method === "HEAD" ? undefined : text);
}

/** Answers a machine that needs the status only. */
export function sendEmpty(req: IncomingMessage, res: ServerResponse, status: number): void {
  protectAnswer(req, res);
  res.writeHead(status, { "Content-Length": "0" });
  res.end();
}

/** Answers a frame of somebody else's page with nothing to see: the one answer of ours that these origins may frame. */
export function sendFrame(req: IncomingMessage, res: ServerResponse, origins: readonly string[]): void {
  protectAnswer(req, res);
  // also where the app's own helmet has set it
  res.removeHeader("X-Frame-Options");
  res.setHeader("Content-Security-Policy", `default-src 'none'; frame-ancestors ${origins.join(" ")}`);
  res.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
  const text = "<!doctype html><html lang=en><title>Signed out</title></html>";
  res.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Length": String(text.length) });
  res.end(text);
}

/** A page of ours. Its parts are HTML: escape what came from outside. */
export interface Page {
  /** The language of its texts, as an HTML `lang`. */
  readonly lang: string;
  /** Its title and heading, as text. */
  readonly title: string;
  /** What stands below the heading, as HTML. */
  readonly html: string;
  /** Headers beside the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a person with a page of ours. */
export function sendPage(req: IncomingMessage, res: ServerResponse, page: Page): void {
  protectAnswer(req, res);
  const title = escapeHtml(page.title);
  const text =
    `<!doctype html><html lang="${escapeHtml(page.lang)}"><head><meta charset="utf-8"><title>${title}</title>` +
    `<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><style>${STYLE}</style></head>` +
    `<body><main><h1>${title}</h1>${page.html}</main></body></html>`;
  res.writeHead(200, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Length": String(Buffer.byteLength(text)),
    ...page.headers,
  });
  res.end(req.method === "HEAD" ? undefined : text);
}

/** Makes a text safe inside HTML and inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
