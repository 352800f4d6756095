/** @module The certificate that a client has shown: in its TLS connection with us, or with a proxy before us that tells of it. */
import { hash, X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type BlockList, isIP } from "node:net";
import { TLSSocket } from "node:tls";
import { countHeader } from "./single-header.js";

/** The SHA-256 thumbprint of a certificate (RFC 8705 §3.1), or why there is none. */
export type ShownCertificate = { readonly thumbprint: string } | { readonly rule: string };

/** Finds the certificate of the client behind a request. */
export type FindCertificate = (req: IncomingMessage) => ShownCertificate;

const NONE: ShownCertificate = { rule: "the call came without a client certificate" };

/** The certificate of the connection itself. The server must ask for one (`requestCert`); who has signed it is the server's to judge. */
export function certificateOfConnection({ socket }: IncomingMessage): ShownCertificate {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return certificate === undefined ? NONE : shown(certificate);
}

/** A header in which a proxy tells of the certificate, and the addresses of the proxies that are believed. */
export interface CertificateHeader {
  readonly name: string;
  readonly proxies: BlockList;
}

/** The certificate that a proxy tells of. Anybody else's header counts as none: it could hold anybody's certificate. */
export function createCertificateOfHeader({ name, proxies }: CertificateHeader): FindCertificate {
  const lower = name.toLowerCase();
  return (req) => {
    if (!isListed(proxies, req.socket.remoteAddress)) return NONE;
    const count = countHeader(req, lower);
    const value = req.headers[lower];
    if (count > 1) return { rule: "the header with the client certificate may stand once" };
    if (typeof value !== "string" || value === "") return NONE;
    const certificate = certificateIn(value);
    return certificate === undefined ? { rule: "its client certificate can't be read" } : shown(certificate);
  };
}

/**
 * Puts an address or a range, `10.0.0.0/8`, on a list.
 * @returns whether it is one.
 */
export function addAddress(list: BlockList, text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const plain = plainAddress(address);
  const family = isIP(plain) === 4 ? "ipv4" : "ipv6";
  if (isIP(plain) === 0 || rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return false;
  if (bits === undefined) list.addAddress(plain, family);
  else if (Number(bits) > (family === "ipv4" ? 32 : 128)) return false;
  else list.addSubnet(plain, Number(bits), family);
  return true;
}

function isListed(list: BlockList, address: string | undefined): boolean {
  // a Unix socket has no address
  if (address === undefined) return false;
  const plain = plainAddress(address);
  return list.check(plain, isIP(plain) === 4 ? "ipv4" : "ipv6");
}

/** Sockets that listen on IPv6 show IPv4 callers as `::ffff:10.0.0.1`, and link-local ones with their zone. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
}

function shown({ raw }: X509Certificate): ShownCertificate {
  return { thumbprint: hash("sha256", raw, "base64url") };
}

/** One certificate, as proxies write it: PEM, with percent signs or without, base64 alone, or RFC 9440. Of a chain in PEM the first. */
function certificateIn(value: string): X509Certificate | undefined {
  try {
    const text = value.includes("%") ? decodeURIComponent(value) : value;
    const [, inPem] = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/.exec(text) ?? [];
    const [, inSequence] = /^:([^:]*):$/.exec(text) ?? [];
    const base64 = (inPem ?? inSequence ?? text).replace(/\s/g, "");
    return /^[A-Za-z\d+/]+={0,2}$/.test(base64) ? new X509Certificate(Buffer.from(base64, "base64")) : undefined;
  } catch {
    return undefined;
  }
}
