/**
 * A cookie jar that keeps the rules of browsers: host, path, lifetime, Secure, SameSite and the name prefixes.
 * @module
 */

/** A cookie that the jar holds. */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  /** The cookie had no Domain: it goes to this very host only. */
  readonly hostOnly: boolean;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: SameSite;
  /** Epoch seconds; undefined for a cookie that ends with the browser. */
  readonly expiresAt: number | undefined;
}

/** `default` is a cookie without the attribute. It is treated as Lax, without the two minutes of grace that browsers allow. */
export type SameSite = "strict" | "lax" | "none" | "default";

/** A Set-Cookie that the jar did not take, and the rule it broke. */
export interface RefusedCookie {
  readonly name: string;
  readonly reason: string;
}

/** How a request was started, as far as SameSite asks. */
export interface CookieUse {
  readonly sameSite: boolean;
  /** A navigation of the whole page by GET or HEAD: Lax cookies ride on it from any site. */
  readonly safeNavigation: boolean;
}

const everyUse: CookieUse = { sameSite: true, safeNavigation: true };
const maxBytes = 4096;

/** Cookies of every host, in one place. */
export class CookieJar {
  /** Every Set-Cookie that was refused, oldest first. */
  readonly refused: RefusedCookie[] = [];
  readonly #cookies = new Map<string, Cookie>();

  /** Takes one Set-Cookie header of an answer from `url`. A cookie in the past removes its namesake. */
  take(setCookie: string, url: URL): void {
    const cookie = readCookie(setCookie, url);
    const reason = reasonToRefuse(cookie, url);
    if (reason !== undefined) {
      this.refused.push({ name: cookie.name, reason });
      return;
    }
    const key = [cookie.name, cookie.domain, cookie.path].join(";");
    if (isOver(cookie)) this.#cookies.delete(key);
    else this.#cookies.set(key, cookie);
  }

  /** The Cookie header for a request; empty when none belongs to it. */
  header(url: URL, use: CookieUse = everyUse): string {
    return this.list(url)
      .filter((cookie) => mayRide(cookie, use))
      .map(({ name, value }) => (name === "" ? value : `${name}=${value}`))
      .join("; ");
  }

  /** What the jar holds, for one URL or altogether; longest path first, then oldest first. */
  list(url?: URL): Cookie[] {
    return [...this.#cookies.values()]
      .filter((cookie) => !isOver(cookie) && (url === undefined || belongsTo(cookie, url)))
      .sort((a, b) => b.path.length - a.path.length);
  }

  /** The cookie of this name, whatever its host and path. */
  get(name: string): Cookie | undefined {
    return this.list().find((cookie) => cookie.name === name);
  }

  /** Removes one cookie by name, or all of them, as a person does in the settings. */
  clear(name?: string): void {
    for (const [key, cookie] of this.#cookies) {
      if (name === undefined || cookie.name === name) this.#cookies.delete(key);
    }
  }
}

/** Whether browsers treat this host as safe although it is reached over http. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || /^(127\.[\d.]+|\[::1\])$/.test(hostname);
}

/** Whether two URLs are one site: same scheme, same last two labels of the host. Country domains like co.uk are not known. */
export function isSameSite(a: URL, b: URL): boolean {
  return siteOf(a) === siteOf(b);
}

function siteOf({ protocol, hostname }: URL): string {
  const isAddress = hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
  return `${protocol}//${isAddress ? hostname : hostname.split(".").slice(-2).join(".")}`;
}

function readCookie(setCookie: string, url: URL): Cookie {
  const [pair = "", ...attributes] = setCookie.split(";");
  const [name, value] = pair.includes("=") ? splitAtEquals(pair) : ["", pair.trim()];
  const found = new Map(attributes.map(splitAtEquals).map(([key, text]) => [key.toLowerCase(), text]));
  const domain = (found.get("domain") ?? "").replace(/^\./, "").toLowerCase();
  const path = found.get("path") ?? "";
  return {
    name,
    value,
    domain: domain || url.hostname,
    hostOnly: domain === "",
    path: path.startsWith("/") ? path : defaultPath(url),
    secure: found.has("secure"),
    httpOnly: found.has("httponly"),
    sameSite: readSameSite(found.get("samesite")),
    expiresAt: readExpiry(found),
  };
}

function splitAtEquals(text: string): [string, string] {
  const [key = "", ...rest] = text.split("=");
  return [key.trim(), rest.join("=").trim()];
}

function defaultPath({ pathname }: URL): string {
  return pathname.slice(0, Math.max(1, pathname.lastIndexOf("/")));
}

function readSameSite(text = ""): SameSite {
  const word = text.toLowerCase();
  return word === "strict" || word === "lax" || word === "none" ? word : "default";
}

// Max-Age wins over Expires (RFC 6265 §5.3).
function readExpiry(attributes: ReadonlyMap<string, string>): number | undefined {
  const maxAge = attributes.get("max-age");
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return nowInSeconds() + Number(maxAge);
  const expires = Date.parse(attributes.get("expires") ?? "");
  return Number.isNaN(expires) ? undefined : expires / 1000;
}

function reasonToRefuse(cookie: Cookie, url: URL): string | undefined {
  const { name, value, domain, hostOnly, path, secure, sameSite } = cookie;
  const isHttps = url.protocol === "https:";
  if (name.length + value.length > maxBytes) return `name and value are longer than ${maxBytes} bytes`;
  if (!hostOnly && !isHostWithin(url.hostname, domain)) return `Domain=${domain} is not a domain of ${url.hostname}`;
  if (secure && !isHttps && !isLoopback(url)) return "Secure needs https";
  if (sameSite === "none" && !secure) return "SameSite=None needs Secure";
  if (/^__(host|secure)-/i.test(name) && !(secure && isHttps)) return "its name prefix needs Secure and https";
  if (/^__host-/i.test(name) && !(hostOnly && path === "/")) return "__Host- needs Path=/ and no Domain";
  return undefined;
}

function isOver({ expiresAt }: Cookie): boolean {
  return expiresAt !== undefined && expiresAt <= nowInSeconds();
}

function belongsTo(cookie: Cookie, url: URL): boolean {
  const fitsHost = cookie.hostOnly ? url.hostname === cookie.domain : isHostWithin(url.hostname, cookie.domain);
  const fitsScheme = !cookie.secure || url.protocol === "https:" || isLoopback(url);
  return fitsHost && fitsScheme && isPathWithin(url.pathname, cookie.path);
}

function isHostWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

function isPathWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

function mayRide({ sameSite }: Cookie, use: CookieUse): boolean {
  if (use.sameSite || sameSite === "none") return true;
  return sameSite !== "strict" && use.safeNavigation;
}

function nowInSeconds(): number {
  return Date.now() / 1000;
}
