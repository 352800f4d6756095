/**
 * Authorization requests that reach the scripted provider otherwise than in an address: pushed (RFC 9126) or signed (RFC 9101).
 * @module
 */
import { type KeyObject, randomUUID } from "node:crypto";
import { jwtVerify } from "jose";

/** The memory of what was pushed. */
export class PushedRequests {
  readonly #pushed = new Map<string, URLSearchParams>();

  /** Keeps a request under a name that nobody can guess. */
  keep(params: URLSearchParams): string {
    const name = `urn:ietf:params:oauth:request_uri:${randomUUID()}`;
    this.#pushed.set(name, params);
    return name;
  }

  /** What a browser brings, with what was pushed in its place; each pushed request serves once. */
  redeem(query: URLSearchParams): URLSearchParams {
    const name = query.get("request_uri") ?? "";
    const params = this.#pushed.get(name);
    this.#pushed.delete(name);
    return params ?? query;
  }
}

/** The parameters of a request, out of its signed form where it has one. @throws when that is not good. */
export async function paramsOf(
  params: URLSearchParams,
  { key, clientId, issuer }: { key: KeyObject | undefined; clientId: string; issuer: string },
): Promise<URLSearchParams> {
  const request = params.get("request");
  if (request === null || key === undefined) return params;
  const rules = {
    issuer: clientId,
    audience: issuer,
    typ: "oauth-authz-req+jwt",
    requiredClaims: ["exp", "nbf", "jti"],
  };
  const { payload } = await jwtVerify(request, key, rules);
  const texts = Object.entries(payload).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return new URLSearchParams(texts);
}
