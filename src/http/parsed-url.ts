/** @module Texts that may be URLs. */

/**
 * The URL that a text is, or undefined.
 *
 * `URL.canParse()` can't be asked first: on Node 20, once it is compiled after some thousand calls, it takes the letters from U+0080 to U+00FF
 * for bytes of UTF-8. It then refuses good hosts, and lets texts pass on which `new URL()` throws.
 */
export function parsedUrl(text: string, base?: string | URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
