/** @module How this client proves itself at the token endpoint. */
import { type ClientAuth as Authenticate, ClientSecretPost, None } from "openid-client";
import type { ClientAuth } from "../options.js";
import type { ProviderSettings } from "../settings/settings.js";

/**
 * The way that the options name; where they name none, what the provider's metadata allows, Basic first (its default by OpenID
 * Connect Discovery §3).
 */
export function createClientAuth(settings: ProviderSettings): Authenticate {
  const secret = settings.clientSecret ?? "";
  const ways: Readonly<Record<ClientAuth, Authenticate>> = {
    client_secret_basic: (...[, client, , headers]) => {
      headers.set("authorization", basicCredentials(client.client_id, secret));
    },
    client_secret_post: secret === "" ? None() : ClientSecretPost(secret),
    none: None(),
  };
  return (...request) => {
    const [server] = request;
    const way = settings.clientAuth ?? allowedWay(server.token_endpoint_auth_methods_supported);
    return ways[way](...request);
  };
}

/** The way to send a secret among those that a provider lists. */
export function allowedWay(supported: readonly string[] = []): ClientAuth {
  const onlyPost = supported.includes("client_secret_post") && !supported.includes("client_secret_basic");
  return onlyPost ? "client_secret_post" : "client_secret_basic";
}

/**
 * Form-encoded credentials (OAuth 2.0 §2.3.1), in the spelling of `URLSearchParams`: it leaves `-`, `.`, `_` and `*` alone,
 * which also servers accept that forget to decode; openid-client encodes them and is refused there.
 */
function basicCredentials(id: string, secret: string): string {
  const encoded = [id, secret].map((text) => new URLSearchParams([["", text]]).toString().slice(1));
  return `Basic ${Buffer.from(encoded.join(":")).toString("base64")}`;
}
