/** @module What an API writes to take tokens that are bound to a key. */
import type { SharedState } from "../state/port.js";

/** How proofs of a key are judged (RFC 9449). */
export interface DpopOptions {
  /** Refuses tokens that are bound to no such key. Default `false`: they pass as before, with the scheme Bearer. */
  readonly required?: boolean;
  /**
   * The algorithms that proofs may be signed with. Default: all asymmetric ones, ES, PS and RS with 256, 384 and 512, EdDSA and Ed25519. The
   * challenge tells them.
   */
  readonly algs?: readonly string[];
  /** How long a proof is good after it was made; as long it is remembered, so that it is good once. Seconds, 1 to 600. Default 60. */
  readonly maxAge?: number;
  /**
   * Demands a nonce of this API in each proof, so that none can be made beforehand (RFC 9449 §9). A nonce is good for five to ten minutes. Costs
   * a caller's first call a second try. Nonces are made from `secret`. Default `false`.
   */
  readonly nonce?: boolean;
}

/** A header in which a proxy that ends TLS tells of the client's certificate. */
export interface ClientCertificateHeader {
  /**
   * Its name, such as `Client-Cert` (RFC 9440) or `X-Client-Cert`. It holds one certificate: `:base64:` as RFC 9440 writes it, PEM, PEM with percent
   * signs (nginx: `$ssl_client_escaped_cert`), or the base64 of DER. The proxy must write it over whatever its caller has sent.
   */
  readonly header: string;
  /** The addresses that the proxies connect from, each one or a range such as `10.0.0.0/8`. The header counts as none from anywhere else. */
  readonly proxies: string | readonly string[];
}

/** How a caller shows that a token which is bound to a key is its own. Without these every bound token is refused. */
export interface BoundTokenOptions {
  /** Takes tokens that are bound to a key of the caller's (claim `cnf.jkt`), each with a proof made for this very call (RFC 9449). Default `false`. */
  readonly dpop?: boolean | DpopOptions;
  /**
   * Where this API is reached from outside, such as `https://api.example.com`, with the front of the path where a proxy cuts it off: what proofs name
   * as their `htu`. The Host header is not believed. Needed for `dpop`. Default: that of the `auth()` before it, where `issuer` is left out.
   */
  readonly baseUrl?: string;
  /** What several processes share, so that no proof is taken by two of them. Default: that of the `auth()` before it, else the memory of this guard. */
  readonly state?: SharedState;
  /**
   * What nonces are made from, at least 32 characters, or a list, newest first. Processes that answer the same callers need the same. Default: that of
   * the `auth()` before it, else one of this process.
   */
  readonly secret?: string | readonly string[];
  /**
   * Takes tokens that are bound to a certificate (claim `cnf["x5t#S256"]`, RFC 8705 §3) from whoever shows it: in the TLS connection with this
   * server, which must ask for it (`requestCert`), or with a proxy that tells of it in a header. Default: such tokens are refused.
   */
  readonly clientCertificate?: "tls" | ClientCertificateHeader;
}
