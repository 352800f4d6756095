/**
 * The cookies of one browser, for tests that have no server: takes what an answer sets, sends it with the next request.
 * @module
 */
import type { ServerResponse } from "node:http";
import { type Asked, requestWith, setCookiesOf } from "./exchange.js";

/** A cookie jar. */
export class CookieJar {
  readonly #cookies = new Map<string, string>();

  /** Takes what an answer sets and takes away. */
  take(res: ServerResponse): void {
    for (const line of setCookiesOf(res)) {
      const [pair = "", ...attributes] = line.split("; ");
      const [name = "", value = ""] = pair.split(/=(.*)/s);
      if (attributes.includes("Max-Age=0")) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }

  /** Puts a cookie there that nobody has set. */
  plant(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  /** The Cookie header, oldest first, as browsers send it. */
  header(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  names(): readonly string[] {
    return [...this.#cookies.keys()];
  }

  /** A request that carries the cookies. */
  request(asked: Asked = {}): ReturnType<typeof requestWith> {
    const cookie = this.#cookies.size === 0 ? undefined : this.header();
    return requestWith({ ...asked, headers: { cookie, ...asked.headers } });
  }
}
