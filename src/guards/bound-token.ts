/** @module Tokens that are bound to a key: whether a caller has shown that it has that key (RFC 9449 §7, RFC 8705 §3). */
import type { IncomingMessage } from "node:http";
import type { Scheme } from "../http/bearer.js";
import type { FindCertificate } from "../http/client-certificate.js";
import { ProofRejected } from "../provider/dpop-proof.js";
import { TokenRejected } from "../provider/token-rejected.js";
import { isObject, isText } from "../settings/checks.js";
import { createProofs, type Judged, type ProofCall, type Proofs } from "./proofs.js";
import type { BoundRules } from "./read-bound.js";
import { bearerError, invalid, invalidProof, nonceNeeded, type Terms } from "./refusal.js";

/** A call with a token that is bound. */
export interface BoundCall {
  readonly req: IncomingMessage;
  readonly scheme: Scheme;
  readonly token: string;
  /** The claim that says what it is bound to (RFC 7800 §3.1). */
  readonly cnf: unknown;
}

/** Judges whether callers have what their tokens are bound to. */
export interface BoundTokens {
  /** Refuses a token that is bound to nothing where it has to be. @throws {BearerError} */
  unbound(scheme: Scheme): void;
  /**
   * Resolves when the caller has shown all that its token is bound to.
   *
   * @returns headers for the answer.
   * @throws {BearerError} (its promise) when it has not.
   * @throws {StateError} (its promise) when that can't be known.
   */
  prove(call: BoundCall): Promise<Readonly<Record<string, string>>>;
}

/** What a token is bound to. */
interface Binding {
  readonly jkt: string | undefined;
  readonly certificate: string | undefined;
}

const NO_HEADERS = {};

/** Creates it for one guard. */
export function createBoundTokens(rules: BoundRules, terms: Terms, now: () => number): BoundTokens {
  const isRequired = rules.dpop?.isRequired === true;
  const proofs = rules.dpop && createProofs(rules.dpop, now);

  function refuse(rule: string, scheme: Scheme, isOnly = false): never {
    throw bearerError(terms, { ...invalid(new TokenRejected(rule)), isOnly }, scheme);
  }

  function withoutKey(scheme: Scheme): void {
    if (scheme === "DPoP")
      refuse("it is bound to no key that a proof could show, so it can't be sent with the scheme DPoP", scheme);
    if (isRequired) refuse("it is bound to no key of its caller's, and this API takes no others (RFC 9449)", "DPoP");
  }

  async function proveKey(call: ProofCall, scheme: Scheme): Promise<Readonly<Record<string, string>>> {
    if (proofs === undefined) return refuse("it is bound to a key, and this API takes no proof of one", scheme);
    if (scheme === "Bearer")
      refuse("it is bound to a key, so it must be sent with the scheme DPoP, and a proof", "DPoP", true);
    const { isTaken, nonce } = await take(proofs, call, terms);
    if (!isTaken) throw bearerError(terms, nonceNeeded(nonce), "DPoP");
    return nonce === undefined ? NO_HEADERS : { "DPoP-Nonce": nonce };
  }

  return {
    unbound(scheme) {
      if (scheme === "DPoP" || isRequired) withoutKey(scheme);
    },
    async prove({ req, scheme, token, cnf }) {
      const { jkt, certificate } =
        bindingIn(cnf) ?? refuse("it is bound to its caller in a way that this API does not know", scheme);
      const unshown = certificate === undefined ? undefined : whyUnshown(certificate, req, rules.certificateOf);
      if (unshown !== undefined) refuse(`it is bound to a client certificate, ${unshown}`, scheme);
      if (jkt !== undefined) return proveKey({ req, token, thumbprint: jkt }, scheme);
      withoutKey(scheme);
      return NO_HEADERS;
    },
  };
}

async function take(proofs: Proofs, call: ProofCall, terms: Terms): Promise<Judged> {
  try {
    return await proofs.take(call);
  } catch (error) {
    throw error instanceof ProofRejected ? bearerError(terms, invalidProof(error), "DPoP") : error;
  }
}

/** What a claim `cnf` says; undefined where it says anything that we don't know, for then something would go unproven. */
function bindingIn(cnf: unknown): Binding | undefined {
  if (!isObject(cnf)) return undefined;
  const { jkt, "x5t#S256": certificate, ...others } = cnf;
  if (Object.keys(others).length > 0 || (jkt === undefined && certificate === undefined)) return undefined;
  if (!isTextIfAny(jkt) || !isTextIfAny(certificate)) return undefined;
  return { jkt, certificate };
}

function isTextIfAny(value: unknown): value is string | undefined {
  return value === undefined || isText(value);
}

function whyUnshown(
  thumbprint: string,
  req: IncomingMessage,
  certificateOf: FindCertificate | undefined,
): string | undefined {
  if (certificateOf === undefined) return "and this API looks at none";
  const shown = certificateOf(req);
  if ("rule" in shown) return `but ${shown.rule}`;
  return shown.thumbprint === thumbprint ? undefined : "and the caller has shown another one";
}
