/** @module What GenAuth's documents show of its answers and OAuth 2.0 does not know: an envelope around them, and names of their own in them. */
import { createKeptFetch } from "../http/kept-fetch.js";
import type { HttpOptions } from "../options.js";
import { isObject, isText } from "../settings/checks.js";

type Fetch = NonNullable<HttpOptions["fetch"]>;
type Members = Readonly<Record<string, unknown>>;

/** The endpoints whose answers may come in an envelope. Keys and metadata never do. */
const WRAPPED: ReadonlySet<string> = new Set(
  ["/oidc", "/oauth"].flatMap((at) => [
    `${at}/token`,
    `${at}/token/introspection`,
    `${at}/token/revocation`,
    `${at}/me`,
  ]),
);

/**
 * A `fetch` that gives GenAuth's answers the standard's form (OAuth 2.0 §5): what comes as `{ statusCode, message, requestId, data }` is its
 * `data`, or an OAuth error where `statusCode` is one; `expire_in` counts as `expires_in`; members that are null are left out. An answer
 * that has the standard's form stays what it is. A renewal that is refused without a reason becomes `invalid_grant` where GenAuth, asked about the
 * refresh token, says that it is dead.
 *
 * @param given - the app's `fetch`.
 */
export function unwrapping(given?: Fetch): Fetch {
  const fetchWrapped = given ?? createKeptFetch();
  const fetchOther = given ?? ((url, init) => fetch(url, init));
  return async (url, init) => {
    const { pathname } = new URL(url);
    if (!WRAPPED.has(pathname)) return fetchOther(url, init);
    const response = await fetchWrapped(url, init);
    const text = await response.text();
    const body = parsed(text);
    if (body === undefined) return answer(response, response.status, text);
    const { status, members } = isEnvelope(body)
      ? opened(body, response.status)
      : { status: response.status, members: body };
    if (!pathname.endsWith("/token")) return answer(response, status, JSON.stringify(members));
    const isDead = status === 400 && members["error"] === UNTOLD && (await isGrantOver(fetchWrapped, url, init));
    return answer(response, status, JSON.stringify(isDead ? { error: "invalid_grant" } : standardTokens(members)));
  };
}

function formOf({ body }: RequestInit): URLSearchParams {
  return new URLSearchParams(typeof body === "string" || body instanceof URLSearchParams ? body : "");
}

/**
 * Whether the grant is over whose renewal was refused without a reason. Only GenAuth's word ends a login, and a refresh token that is dead must not
 * be tried for ever: so GenAuth is asked about the token (RFC 7662), with what the refused request brought to prove who asks, and within its time.
 */
async function isGrantOver(inner: Fetch, url: string, init: RequestInit): Promise<boolean> {
  const sent = formOf(init);
  const token = sent.get("refresh_token");
  if (sent.get("grant_type") !== "refresh_token" || token === null) return false;
  const body = new URLSearchParams({ token, token_type_hint: "refresh_token" });
  for (const name of ["client_id", "client_secret"]) {
    const value = sent.get(name);
    if (value !== null) body.set(name, value);
  }
  try {
    const response = await unwrapping(inner)(`${url}/introspection`, { ...init, body });
    const said: unknown = await response.json();
    return response.status === 200 && isObject(said) && said["active"] === false;
  } catch {
    return false;
  }
}

function parsed(text: string): Members | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return isObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Read once, an answer must be made anew. A status that knows no body gets none. */
function answer({ headers: received }: Response, status: number, text: string): Response {
  const headers = new Headers(received);
  // both are about the bytes that came over the wire
  headers.delete("content-length");
  headers.delete("content-encoding");
  return new Response(text === "" ? null : text, { status, headers });
}

/** What tells a standard answer of each endpoint: a person whose attributes look like an envelope is still that person. */
const OF_STANDARD = ["access_token", "sub", "active"];

function isEnvelope(body: Members): boolean {
  const hasContent = isObject(body["data"]) || isText(body["message"]);
  return Number.isInteger(body["statusCode"]) && hasContent && !OF_STANDARD.some((name) => body[name] !== undefined);
}

/** What a refusal counts as that names no reason. */
const UNTOLD = "invalid_request";

/** Whether a text is a code of OAuth 2.0; "Bad Request" and the like are none. */
const isCode = (value: unknown): value is string => isText(value) && /^[\w.-]+$/.test(value);

/** What is in the envelope: its data, or the error that its status stands for. */
function opened(
  { statusCode, message, data, error }: Members,
  httpStatus: number,
): { status: number; members: Members } {
  const status = Number(statusCode);
  const inner = isObject(data) ? data : {};
  if (status < 400 && httpStatus < 400) return { status: httpStatus, members: inner };
  const told = [inner["error"], error].find(isCode);
  return {
    status: status >= 400 && status <= 599 ? status : Math.max(httpStatus, 400),
    members: { error: told ?? (status === 401 ? "invalid_client" : UNTOLD), error_description: message },
  };
}

/** The token response by the names of the standard. The documents write `xxx` where the type stands, which they say is Bearer. */
function standardTokens(members: Members): Members {
  const there = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
  const { expire_in: lifetime, token_type: type } = there;
  return {
    ...(lifetime !== undefined && { expires_in: lifetime }),
    ...there,
    ...(type === "xxx" && { token_type: "Bearer" }),
  };
}
