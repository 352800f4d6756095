/**
 * A program that has a key, and proves it with each call (RFC 9449), or with a proof that is wrong in one part.
 * @module
 */
import { createHash, randomUUID } from "node:crypto";
import { calculateJwkThumbprint, type JWK } from "jose";
import { type Overrides, overlay } from "./scripted/script.js";
import { publicJwk, type Sign, signingKey, signProperly } from "./scripted/signing.js";
import type { ScriptedProvider } from "./scripted-provider.js";

/** Where the API under test is reached from outside: what proofs are made for. */
export const apiUrl = "https://api.example.org";

/** All algorithms, as a challenge tells them. */
export const allAlgs = "ES256 ES384 ES512 PS256 PS384 PS512 EdDSA Ed25519 RS256 RS384 RS512";

/** What a proof is made for, with values over its parts. */
export interface ProofDraft {
  readonly token: string;
  readonly url?: string;
  readonly method?: string;
  readonly claims?: Overrides;
  readonly header?: Overrides;
  readonly sign?: Sign;
}

/** The program. */
export interface Caller {
  readonly jwk: JWK;
  /** The claim that binds a token to its key. */
  readonly cnf: { readonly jkt: string };
  readonly proof: (draft: ProofDraft) => Promise<string>;
  /** The headers of a call with a token and a proof. */
  readonly headers: (draft: ProofDraft) => Promise<{ authorization: string; dpop: string }>;
}

/** A program with an access token that is bound to its key. */
export interface BoundCaller extends Caller {
  readonly token: string;
}

/** Creates a program with a key of its own. */
export async function createCaller(alg = "ES256", index = 50): Promise<Caller> {
  const key = signingKey(alg, index);
  const { kid: _kid, use: _use, ...jwk } = publicJwk(key);
  const proof = ({ token, url = `${apiUrl}/`, method = "GET", claims, header, sign = signProperly }: ProofDraft) => {
    const ath = createHash("sha256").update(token).digest("base64url");
    const honest = { jti: randomUUID(), htm: method, htu: url, iat: Math.floor(Date.now() / 1000), ath };
    return sign({
      header: overlay({ typ: "dpop+jwt", alg, jwk }, header ?? {}),
      claims: overlay(honest, claims ?? {}),
      key,
      clientSecret: "a secret for what is signed with one",
    });
  };
  return {
    jwk: jwk as JWK,
    cnf: { jkt: await calculateJwkThumbprint(jwk as JWK) },
    proof,
    headers: async (draft) => ({ authorization: `DPoP ${draft.token}`, dpop: await proof(draft) }),
  };
}

/** A program, and an access token that is bound to its key. */
export async function createBoundCaller(issuer: ScriptedProvider): Promise<BoundCaller> {
  const caller = await createCaller();
  return { ...caller, token: await issuer.accessToken({ cnf: caller.cnf }) };
}
