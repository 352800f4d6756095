/** @module The body of a form POST, whether or not the app has mounted a body parser. */
import type { IncomingMessage } from "node:http";
import { RequestError } from "../errors.js";
import { header } from "./who-asks.js";

/** The largest body that we read, in bytes. A logout or login form is far smaller. */
const LARGEST = 65_536;

/**
 * Reads the fields of `application/x-www-form-urlencoded`.
 *
 * A parser that has read the stream leaves its result in `req.body`; a parser for another type may leave `{}` there and the
 * stream unread (Express 4), so the stream decides, not the body.
 *
 * @throws {RequestError} `OIDC_REQUEST_INVALID` 415 for another type, 413 beyond 64 KB, 400 for what is no flat form.
 */
export async function readForm(req: IncomingMessage & { body?: unknown }): Promise<URLSearchParams> {
  const type = header(req, "content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    throw new RequestError(
      "OIDC_REQUEST_INVALID",
      "A form is expected here: send it as application/x-www-form-urlencoded.",
      { status: 415 },
    );
  }
  return req.readableDidRead ? fieldsOf(req.body) : new URLSearchParams(await readText(req));
}

async function readText(req: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // read to the end, kept only up to the limit: leaving the loop early would destroy the socket and with it the answer
    for await (const chunk of req) {
      size += chunk.length;
      if (size <= LARGEST) chunks.push(chunk);
    }
  } catch (cause) {
    throw new RequestError("OIDC_REQUEST_INVALID", "The form was cut off before its end.", { cause });
  }
  if (size > LARGEST) throw new RequestError("OIDC_REQUEST_INVALID", "The form is larger than 64 KB.", { status: 413 });
  return Buffer.concat(chunks).toString("utf8");
}

function fieldsOf(body: unknown): URLSearchParams {
  if (typeof body === "string") return new URLSearchParams(body);
  if (Buffer.isBuffer(body)) return new URLSearchParams(body.toString("utf8"));
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(body ?? {})) {
    if (typeof value !== "string")
      throw new RequestError("OIDC_REQUEST_INVALID", "A form field is repeated or nested; each may stand once.");
    fields.append(name, value);
  }
  return fields;
}
