/**
 * A browser without a window: cookies, redirects across origins, forms, and the headers by which servers tell a person's
 * navigation from a script's call. It runs no scripts.
 * @module
 */
import { Answer } from "./browser/answer.js";
import { CookieJar, isSameSite } from "./browser/cookies.js";
import { type Manner, mannerHeaders, type Step } from "./browser/manner.js";
import { exchange } from "./browser/wire.js";

export { Answer } from "./browser/answer.js";
export type { Cookie, RefusedCookie, SameSite } from "./browser/cookies.js";
export { CookieJar } from "./browser/cookies.js";
export type { Form, Link } from "./browser/forms.js";

/** What a browser may be told at its start. */
export interface BrowserOptions {
  /** Headers on every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Origins that are served elsewhere, as behind a proxy: `{ "https://app.example": { to: "http://127.0.0.1:3000" } }`. */
  readonly proxies?: Readonly<Record<string, Proxy>>;
  /** Certificates to trust on https. */
  readonly ca?: string | Buffer;
}

/** Where an origin is really served, and the headers that the proxy in between adds. */
export interface Proxy {
  readonly to: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How one request is made. */
export interface VisitOptions {
  /** More headers, on redirects too. They win over the browser's own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** With `false` the answer is the redirect itself. Default `true`. */
  readonly followRedirects?: boolean;
}

/** Which form is sent. */
export interface SubmitOptions extends VisitOptions {
  /** The end of the form's address. Default: the first form. */
  readonly action?: string;
}

/** A call by the page's script, in the manner of `fetch()`. */
export interface CallOptions extends VisitOptions {
  readonly method?: string;
  readonly body?: string | URLSearchParams;
}

/** What goes into a form, by the names of its fields. */
export type Fields = Readonly<Record<string, string>>;

interface Journey extends Manner {
  readonly options: VisitOptions;
}

const maxRedirects = 20;

/** One browser profile. Calls may run side by side; navigations follow one another, as in one tab. */
export class Browser {
  readonly cookies: CookieJar = new CookieJar();
  /** Every answer, redirects included, oldest first. */
  readonly history: Answer[] = [];
  readonly #options: BrowserOptions;
  #page: Answer | undefined;

  constructor(options: BrowserOptions = {}) {
    this.#options = options;
  }

  /** The page that is open. @throws {Error} before the first one. */
  get page(): Answer {
    if (this.#page === undefined) throw new Error("No page is open yet: call get() first.");
    return this.#page;
  }

  /** Opens an address as if it was typed. It may be relative to the open page. */
  get(url: string | URL, options: VisitOptions = {}): Promise<Answer> {
    return this.#navigate({ method: "GET", url: this.#resolve(url) }, byHand(undefined, options));
  }

  /** Follows a link of the open page by the words on it. @throws {Error} when the page has no such link. */
  async click(label: string, options: VisitOptions = {}): Promise<Answer> {
    const link = this.page.links.find((candidate) => candidate.label === label);
    if (link === undefined) throw new Error(`${this.page.url.href} has no link "${label}".`);
    return this.follow(link.url, options);
  }

  /** Goes where a link on the open page would lead, whether the page has it or not. */
  follow(url: string | URL, options: VisitOptions = {}): Promise<Answer> {
    return this.#navigate({ method: "GET", url: this.#resolve(url) }, byHand(this.page, options));
  }

  /** Sends a form that the open page need not have. */
  post(url: string | URL, fields: Fields = {}, options: VisitOptions = {}): Promise<Answer> {
    const step = { method: "POST", url: this.#resolve(url), body: new URLSearchParams(fields) };
    return this.#navigate(step, byHand(this.#page, options));
  }

  /**
   * Fills in and sends a form of the open page.
   * @throws {Error} when the page has no such form, or the form no such field.
   */
  async submit(fields: Fields = {}, options: SubmitOptions = {}): Promise<Answer> {
    const { url, forms, text } = this.page;
    const form = forms.find(({ action }) => action.href.endsWith(options.action ?? ""));
    if (form === undefined) throw new Error(`${url.href} has no form ${options.action ?? ""}: ${text}`);
    const filled = new Map([...form.fields, ...Object.entries(fields)]);
    const names = form.fields.map(([name]) => name);
    const stranger = Object.keys(fields).find((name) => !names.includes(name));
    if (stranger !== undefined)
      throw new Error(`The form at ${url.href} has no field ${stranger}, but: ${names.join(", ")}`);
    const body = new URLSearchParams([...filled]);
    const journey = byHand(this.page, options);
    if (form.method === "POST") return this.#navigate({ method: "POST", url: form.action, body }, journey);
    const target = new URL(form.action);
    target.search = body.toString();
    return this.#navigate({ method: "GET", url: target }, journey);
  }

  /** Calls as the open page's script does with `fetch()`; without an open page as a script of that very site. The page stays. */
  fetch(url: string | URL, options: CallOptions = {}): Promise<Answer> {
    const { method = "GET", body } = options;
    return this.#goThrough(
      { method, url: this.#resolve(url), body },
      { mode: "cors", from: this.#page, byHand: false, options },
    );
  }

  async #navigate(first: Step, journey: Journey): Promise<Answer> {
    let page = await this.#goThrough(first, journey);
    for (let count = 0; page.refresh !== undefined && journey.options.followRedirects !== false; count += 1) {
      if (count > maxRedirects) throw new Error(`The page at ${page.url.href} never stops sending its reader on.`);
      page = await this.#goThrough({ method: "GET", url: page.refresh }, { ...journey, from: page, byHand: false });
    }
    this.#page = page;
    return page;
  }

  async #goThrough(first: Step, journey: Journey): Promise<Answer> {
    const visited = [first.url];
    let step = first;
    let answer = await this.#ask(step, visited, journey);
    while (answer.redirect !== undefined && journey.options.followRedirects !== false) {
      if (visited.length > maxRedirects)
        throw new Error(`More than ${maxRedirects} redirects: ${describeLoop(visited)}`);
      step = redirectedStep(step, answer.status, answer.redirect);
      visited.push(step.url);
      answer = await this.#ask(step, visited, journey);
    }
    return answer;
  }

  async #ask(step: Step, visited: readonly URL[], journey: Journey): Promise<Answer> {
    const { method, url, body } = step;
    const proxy = this.#options.proxies?.[url.origin];
    const cookie = this.#cookieHeader(step, journey);
    const sentHeaders = lowerCaseKeys({
      ...mannerHeaders(step, visited, journey),
      ...(cookie === "" ? {} : { cookie }),
      ...contentHeaders(body),
      ...this.#options.headers,
      ...proxy?.headers,
      ...journey.options.headers,
      host: url.host,
    });
    const target = new URL((proxy?.to ?? url.origin) + url.pathname + url.search);
    const { ca } = this.#options;
    const { status, headers, text } = await exchange(target, {
      method,
      headers: sentHeaders,
      body: body?.toString(),
      ca,
    });
    for (const setCookie of headers.getSetCookie()) this.cookies.take(setCookie, url);
    const answer = new Answer({ method, url, sentHeaders, status, headers, body: text });
    this.history.push(answer);
    return answer;
  }

  #cookieHeader({ method, url }: Step, { mode, from }: Manner): string {
    const isNavigation = mode === "navigate";
    // fetch() sends cookies to its own origin only, unless it is told otherwise.
    if (!isNavigation && from !== undefined && from.url.origin !== url.origin) return "";
    return this.cookies.header(url, {
      sameSite: from === undefined || isSameSite(from.url, url),
      safeNavigation: isNavigation && (method === "GET" || method === "HEAD"),
    });
  }

  #resolve(url: string | URL): URL {
    const resolved = new URL(url, this.#page?.url);
    resolved.hash = "";
    return resolved;
  }
}

function byHand(from: Answer | undefined, options: VisitOptions): Journey {
  return { mode: "navigate", from, byHand: true, options };
}

// Fetch standard, HTTP-redirect fetch: 303 always becomes GET, 301 and 302 do so for POST, 307 and 308 repeat the request.
function redirectedStep(step: Step, status: number, url: URL): Step {
  const becomesGet = status === 303 ? step.method !== "HEAD" : status < 303 && step.method === "POST";
  return becomesGet ? { method: "GET", url } : { ...step, url };
}

function describeLoop(visited: readonly URL[]): string {
  const places = new Set(visited.map(({ origin, pathname }) => origin + pathname));
  return [...places].join(" → ");
}

function contentHeaders(body: string | URLSearchParams | undefined): Record<string, string> {
  if (body === undefined) return {};
  const type = body instanceof URLSearchParams ? "application/x-www-form-urlencoded" : "text/plain;charset=UTF-8";
  return { "content-type": type, "content-length": String(Buffer.byteLength(body.toString())) };
}

function lowerCaseKeys(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
