/**
 * Reads what a person could use on an HTML page: its forms, its links and its way on. Enough for plain pages, not a parser.
 * @module
 */

/** A form as it would be sent without touching it. */
export interface Form {
  readonly method: "GET" | "POST";
  readonly action: URL;
  /** Names and values in the order of the page; an unchecked box and a button are not among them. */
  readonly fields: ReadonlyArray<readonly [name: string, value: string]>;
}

/** A link and the words that are read on it. */
export interface Link {
  readonly label: string;
  readonly url: URL;
}

/** The forms of a page, in its order. */
export function readForms(page: string, pageUrl: URL): Form[] {
  return [...page.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)].map(([, tag = "", inside = ""]) => {
    const attributes = readAttributes(tag);
    return {
      method: attributes.get("method")?.toLowerCase() === "post" ? "POST" : "GET",
      action: new URL(attributes.get("action") || pageUrl.href, pageUrl),
      fields: [...readInputs(inside), ...readTextAreas(inside)],
    };
  });
}

/** The links of a page, in its order. */
export function readLinks(page: string, pageUrl: URL): Link[] {
  return [...page.matchAll(/<a\b([^>]*)>(.*?)<\/a>/gis)].flatMap(([, tag = "", inside = ""]) => {
    const href = readAttributes(tag).get("href");
    return href === undefined ? [] : [{ label: readText(inside), url: new URL(href, pageUrl) }];
  });
}

/** Where a page sends its reader by itself within a second, from a Refresh header or the meta element of that name. */
export function readRefresh(header: string | null, page: string, pageUrl: URL): URL | undefined {
  const meta = [...page.matchAll(/<meta\b([^>]*)>/gi)]
    .map(([, tag = ""]) => readAttributes(tag))
    .find((attributes) => attributes.get("http-equiv")?.toLowerCase() === "refresh");
  const [, delay, target] = /^\s*(\d+)\s*[;,]\s*url\s*=\s*(.+)$/i.exec(header ?? meta?.get("content") ?? "") ?? [];
  if (target === undefined || Number(delay) > 1) return undefined;
  return new URL(target.trim().replace(/^(["'])(.*)\1$/, "$2"), pageUrl);
}

/** The words of a piece of HTML, without its tags. */
export function readText(html: string): string {
  return decode(html.replace(/<[^>]*>/g, " "))
    .replace(/\s+/g, " ")
    .trim();
}

function readInputs(inside: string): Array<[string, string]> {
  return [...inside.matchAll(/<input\b([^>]*)>/gi)].flatMap(([, tag = ""]) => {
    const attributes = readAttributes(tag);
    const name = attributes.get("name");
    const type = attributes.get("type")?.toLowerCase() ?? "text";
    const isTick = type === "checkbox" || type === "radio";
    if (name === undefined || type === "submit" || type === "button" || (isTick && !attributes.has("checked")))
      return [];
    return [[name, attributes.get("value") ?? (isTick ? "on" : "")]];
  });
}

function readTextAreas(inside: string): Array<[string, string]> {
  return [...inside.matchAll(/<textarea\b([^>]*)>(.*?)<\/textarea>/gis)].flatMap(([, tag = "", text = ""]) => {
    const name = readAttributes(tag).get("name");
    return name === undefined ? [] : [[name, decode(text)]];
  });
}

function readAttributes(tag: string): Map<string, string> {
  const found = tag.matchAll(/([^\s=/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+)))?/g);
  return new Map([...found].map(([, name = "", a, b, c]) => [name.toLowerCase(), decode(a ?? b ?? c ?? "")]));
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return entities[name] ?? whole;
  });
}
