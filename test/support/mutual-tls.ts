/**
 * TLS between a provider on this machine and the one client that shows it a certificate: what each side needs for that.
 * @module
 */
import type { ServerOptions } from "node:https";
import type { TLSSocket } from "node:tls";
import type { ClientAuth, HttpOptions } from "express-oidc";
import { certificateJwk, createCertificate } from "./certificates.js";
import { certifiedFetch } from "./certified-fetch.js";

type Fetch = NonNullable<HttpOptions["fetch"]>;

/** Who has signed the client's certificate. */
export type SignedBy = "authority" | "itself" | "nobody";

/** Both sides. */
export interface MutualTls {
  /** The authority that both sides trust, in PEM. */
  readonly ca: string;
  /** How a server on this machine speaks TLS, and asks for a client certificate. */
  readonly tls: ServerOptions;
  /** What registers the certificate, by its subject and by its key. */
  readonly client: Readonly<Record<string, unknown>>;
  /** A `fetch` that trusts the authority and shows the certificate; signed by nobody, there is none to show. */
  readonly fetch: Fetch;
  /** The same without the certificate. */
  readonly plainFetch: Fetch;
}

/** Makes the certificates. */
export function createMutualTls(signedBy: SignedBy = "authority"): MutualTls {
  const name = "an authority for tests";
  const authority = { name, ...createCertificate(name) };
  const certificate = createCertificate("the shop", signedBy === "authority" ? authority : undefined);
  const ca = authority.cert;
  return {
    ca,
    tls: { ...createCertificate("localhost", authority), ca, requestCert: true, rejectUnauthorized: false },
    client: { tls_client_auth_subject_dn: "CN=the shop", jwks: { keys: [certificateJwk(certificate)] } },
    fetch: certifiedFetch(ca, signedBy === "nobody" ? undefined : certificate),
    plainFetch: certifiedFetch(ca),
  };
}

/** Who signs the certificate by which a client proves itself in this way; undefined where it needs none. */
export function signerFor(way: ClientAuth): SignedBy | undefined {
  if (way === "tls_client_auth") return "authority";
  return way === "self_signed_tls_client_auth" ? "itself" : undefined;
}

type Context = { readonly req: { readonly socket: unknown } };

/** oidc-provider's feature: it reads certificates from the connection, which in production is often a proxy's affair. */
export const mutualTlsFeature = {
  enabled: true,
  certificateBoundAccessTokens: true,
  selfSignedTlsClientAuth: true,
  tlsClientAuth: true,
  getCertificate: (ctx: Context) => socketOf(ctx).getPeerX509Certificate()?.toString(),
  certificateAuthorized: (ctx: Context) => socketOf(ctx).authorized,
  certificateSubjectMatches: (ctx: Context, _property: string, expected: string) =>
    `CN=${String(socketOf(ctx).getPeerCertificate().subject.CN)}` === expected,
};

function socketOf({ req }: Context): TLSSocket {
  return req.socket as TLSSocket;
}
