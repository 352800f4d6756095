/** @module Headers that may stand once: Node joins several of one name, or keeps the first of them, and says nothing. */
import type { IncomingMessage } from "node:http";

/** How often a header was sent. `name` is in lower case. */
export function countHeader({ rawHeaders }: IncomingMessage, name: string): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const sent = rawHeaders[at];
    if (sent?.length === name.length && sent.toLowerCase() === name) count += 1;
  }
  return count;
}
