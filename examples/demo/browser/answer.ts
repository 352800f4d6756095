/**
 * What a server answered, ready to be looked at.
 * @module
 */
import { type Form, type Link, readForms, readLinks, readRefresh, readText } from "./forms.js";

/** One request and its answer, as both went over the wire. */
export interface Exchange {
  readonly method: string;
  readonly url: URL;
  /** Header names in lower case. */
  readonly sentHeaders: Readonly<Record<string, string>>;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** An answer with the means to read it as a page or as JSON. */
export class Answer implements Exchange {
  readonly method: string;
  readonly url: URL;
  readonly sentHeaders: Readonly<Record<string, string>>;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;

  constructor(exchange: Exchange) {
    this.method = exchange.method;
    this.url = exchange.url;
    this.sentHeaders = exchange.sentHeaders;
    this.status = exchange.status;
    this.headers = exchange.headers;
    this.body = exchange.body;
  }

  /** Where a redirect leads; undefined for any other answer. */
  get redirect(): URL | undefined {
    const location = this.headers.get("location");
    const isRedirect = [301, 302, 303, 307, 308].includes(this.status);
    return isRedirect && location !== null ? new URL(location, this.url) : undefined;
  }

  /** Where the page sends its reader by itself at once. */
  get refresh(): URL | undefined {
    return readRefresh(this.headers.get("refresh"), this.#isHtml ? this.body : "", this.url);
  }

  /** The forms of the page, in its order. */
  get forms(): Form[] {
    return this.#isHtml ? readForms(this.body, this.url) : [];
  }

  /** The links of the page, in its order. */
  get links(): Link[] {
    return this.#isHtml ? readLinks(this.body, this.url) : [];
  }

  /** The words on the page, without tags. */
  get text(): string {
    return this.#isHtml ? readText(this.body) : this.body;
  }

  /** The body as JSON. @throws {SyntaxError} when it is none. */
  json(): unknown {
    return JSON.parse(this.body);
  }

  get #isHtml(): boolean {
    return this.headers.get("content-type")?.includes("html") ?? false;
  }
}
