/**
 * How a client has proved itself to the scripted provider.
 * @module
 */
import type { KeyObject } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";

/** What a request says of its client. */
export interface ClientProof {
  /** `private_key_jwt` and `client_secret_jwt` are told apart by the algorithm; by TLS looks like `none` here. */
  readonly method: string;
  readonly id: string | null;
  readonly secret: string | null;
  /** The signed proof, as it came. */
  readonly assertion?: string;
}

/** How this app is registered there. */
export interface Registration {
  readonly clientId?: string;
  /** Undefined: a public client, or one with a key. */
  readonly clientSecret?: string | undefined;
  /** The public half of the key that the client signs with. */
  readonly clientKey?: KeyObject | undefined;
}

/** Reads credentials: as OAuth 2.0 2.3.1 has them, form-encoded before base64, or signed (RFC 7523). */
export function readProof({ headers }: IncomingMessage, form: URLSearchParams): ClientProof {
  const [scheme, encoded = ""] = (headers.authorization ?? "").split(" ");
  if (scheme === "Basic") return readBasic(encoded);
  const [id, secret, assertion] = ["client_id", "client_secret", "client_assertion"].map((name) => form.get(name));
  if (typeof assertion === "string") {
    const isSymmetric = decodeProtectedHeader(assertion).alg?.startsWith("HS") === true;
    const method = isSymmetric ? "client_secret_jwt" : "private_key_jwt";
    return { method, id: decodeJwt(assertion).sub ?? null, secret: null, assertion };
  }
  return { method: secret === null ? "none" : "client_secret_post", id: id ?? null, secret: secret ?? null };
}

function readBasic(encoded: string): ClientProof {
  const [id = "", secret = ""] = Buffer.from(encoded, "base64")
    .toString()
    .split(":")
    .map((part) => new URLSearchParams(`value=${part}`).get("value") ?? "");
  return { method: "client_secret_basic", id, secret };
}

/** Judges as an honest provider does: a signed proof is for this issuer, short, and good for its signature; used proofs are its own affair. */
export async function isProved(
  proof: ClientProof,
  { clientId, clientSecret, clientKey }: Registration,
  audience: readonly string[],
): Promise<boolean> {
  if (proof.id !== clientId) return false;
  if (proof.assertion === undefined) return proof.secret === (clientSecret ?? null);
  const key = proof.method === "private_key_jwt" ? clientKey : new TextEncoder().encode(clientSecret);
  const rules = {
    audience: [...audience],
    issuer: clientId,
    subject: clientId,
    requiredClaims: ["jti", "exp"],
    maxTokenAge: 60,
  };
  return (
    key !== undefined &&
    jwtVerify(proof.assertion, key, rules).then(
      () => true,
      () => false,
    )
  );
}
