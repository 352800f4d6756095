/**
 * HTML that can't be broken by what is put into it.
 * @module
 */

/** A piece of finished HTML. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template: pieces are taken as they are, everything else is escaped; `undefined` and `false` show nothing. */
export type Content = Html | string | number | boolean | undefined | readonly Content[];

/** Writes HTML: html`<p>${text}</p>`. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(strings.map((text, i) => text + render(values[i])).join(""));
}

function render(content: Content): string {
  if (content instanceof Html) return content.toString();
  if (content === undefined || content === false) return "";
  if (typeof content === "object") return content.map(render).join("");
  return escapeHtml(String(content));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** What every page has, and what differs. */
export interface PageParts {
  readonly title: string;
  /** Whose page it is: decides the accent colour. */
  readonly site: "app" | "provider";
  readonly body: Html;
  /** Path of the page's script, if it has one. */
  readonly script?: string;
}

/** A whole HTML document. */
export function htmlDocument({ title, site, body, script }: PageParts): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
${script !== undefined && html`<script src="${script}" defer></script>`}
</head>
<body class="${site}">
${body}
</body>
</html>
`.toString();
}
