/** @module How this client proves itself in its requests to the provider. */
import {
  type ClientAuth as Authenticate,
  ClientSecretJwt,
  ClientSecretPost,
  type ModifyAssertionFunction,
  modifyAssertion,
  None,
  PrivateKeyJwt,
  type ServerMetadata,
  TlsClientAuth,
} from "openid-client";
import type { ClientAuth } from "../options.js";
import type { ProviderSettings } from "../settings/settings.js";
import { createSigner } from "./signing-key.js";

/** How a secret can be used, in the order in which the provider's metadata is searched. */
const BY_SECRET = ["client_secret_basic", "client_secret_post", "client_secret_jwt"] as const;

/** openid-client waits for what its type calls void. */
type Prove = (...request: Parameters<Authenticate>) => void | Promise<void>;

/**
 * The way that the options name; where they name none, what the provider's metadata allows, Basic first (its default by OpenID
 * Connect Discovery §3).
 */
export function createClientAuth(settings: ProviderSettings): Authenticate {
  const { clientSecret: secret = "", clientAuth } = settings;
  const ways: Readonly<Record<ClientAuth, Prove>> = {
    client_secret_basic: (...[, client, , headers]) => {
      headers.set("authorization", basicCredentials([client.client_id, secret], settings));
    },
    client_secret_post: secret === "" ? None() : ClientSecretPost(secret),
    client_secret_jwt:
      secret === "" ? None() : ClientSecretJwt(secret, { [modifyAssertion]: assertionFor(settings, "HS256") }),
    private_key_jwt: createKeyProof(settings),
    tls_client_auth: TlsClientAuth(),
    self_signed_tls_client_auth: TlsClientAuth(),
    none: None(),
  };
  const prove: Prove = (...request) => {
    const [server] = request;
    const way = clientAuth ?? allowedWay(server.token_endpoint_auth_methods_supported);
    return ways[way](...request);
  };
  return prove as Authenticate;
}

/** An endpoint of the provider; where it should see this client's certificate, the one that asks for it (RFC 8705 §5). */
export function endpointOf(
  { usesCertificate }: ProviderSettings,
  metadata: Readonly<ServerMetadata>,
  name: "userinfo_endpoint",
): string | undefined {
  return (usesCertificate ? metadata.mtls_endpoint_aliases?.[name] : undefined) ?? metadata[name];
}

/** The way to send a secret among those that a provider lists. */
export function allowedWay(supported: readonly string[] = []): ClientAuth {
  return BY_SECRET.find((way) => supported.includes(way)) ?? "client_secret_basic";
}

/** A JWT signed for each request: good for a minute, never the same twice (RFC 7523 §3). */
function createKeyProof(settings: ProviderSettings): Prove {
  if (settings.clientKey === undefined) return None();
  const sign = createSigner(settings.clientKey);
  return async (...request) => {
    const [server] = request;
    const { key, alg } = await sign(server.token_endpoint_auth_signing_alg_values_supported);
    const prove: Prove = PrivateKeyJwt(key, { [modifyAssertion]: assertionFor(settings, alg) });
    await prove(...request);
  };
}

/** For the issuer, which is openid-client's way, unless the options name somebody else. */
function assertionFor({ clientAssertionAudience: aud }: ProviderSettings, alg: string): ModifyAssertionFunction {
  return (header, claims) => {
    header["alg"] = alg;
    if (aud !== undefined) claims["aud"] = aud;
  };
}

/**
 * Form-encoded credentials (OAuth 2.0 §2.3.1), in the spelling of `URLSearchParams`: it leaves `-`, `.`, `_` and `*` alone,
 * which also servers accept that forget to decode; openid-client encodes them and is refused there.
 */
function basicCredentials(credentials: readonly [string, string], { unencodedBasic }: ProviderSettings): string {
  const encode = (text: string) => new URLSearchParams([["", text]]).toString().slice(1);
  const sent = unencodedBasic ? credentials : credentials.map(encode);
  return `Basic ${Buffer.from(sent.join(":")).toString("base64")}`;
}
