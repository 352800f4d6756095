/** @module The DPoP proofs that calls bring: each is judged, and taken once. */
import { hash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { contextOf } from "../context/find.js";
import { countHeader } from "../http/single-header.js";
import { type Outside, targetUrl } from "../http/target-url.js";
import { type DpopProof, ProofRejected, type ProvenCall, verifyProof } from "../provider/dpop-proof.js";
import { deriveSecrets } from "../session/sealing.js";
import type { Visit } from "../session/visit.js";
import { reached } from "../state/reached.js";
import { createDpopNonces, type DpopNonces } from "./dpop-nonces.js";
import type { DpopRules } from "./read-bound.js";

/** A call with a token that is bound to a key. */
export interface ProofCall {
  readonly req: IncomingMessage;
  readonly token: string;
  /** The thumbprint of that key. */
  readonly thumbprint: string;
}

/** What comes of a proof: it is taken, or it must be made again with this nonce. */
export interface Judged {
  readonly isTaken: boolean;
  /** The nonce for the next proof, where the caller does not have it yet. */
  readonly nonce: string | undefined;
}

/** Takes proofs. */
export interface Proofs {
  /**
   * Takes the proof of a call. Every guard judges it by its own rules; that it may be used once holds for the call, not for each guard on its way.
   *
   * @throws {ProofRejected} (its promise) when it has none that is good.
   * @throws {StateError} (its promise) when it can't be known whether it has been used before.
   */
  take(call: ProofCall): Promise<Judged>;
}

/** Under which name the proof of a request has been used up: a second guard would find it used, by the very same request. */
const SPENT = Symbol("express-oidc: spent");

type MaybeSpent = IncomingMessage & { [SPENT]?: string };

/** Without the memory of what was used nothing can be taken safely. */
const NOTHING_TAKEN =
  "so no proof can be taken: it may have been used before. Nothing is lost: it goes on when the state is back";

/** Creates what takes the proofs of one guard. */
export function createProofs(rules: DpopRules, now: () => number): Proofs {
  const noncesFor = rules.wantsNonce ? createNonceFinder(rules) : undefined;

  /** Last of all, so that only what is good otherwise is remembered, and can be used up. */
  async function spend({ jti, iat }: DpopProof, call: ProvenCall, req: MaybeSpent): Promise<void> {
    const name = hash("sha256", `${call.thumbprint} ${jti}`, "base64url");
    if (req[SPENT] === name) return;
    const state = rules.state ?? contextOf(req)?.visit().instance.settings.state ?? rules.memory;
    // as long as any process may take it, whose clock is behind this one's
    const seconds = iat + rules.maxAge + rules.clockTolerance + 1 - call.now;
    if (!(await reached(state.add(`oidc-dpop-${name}`, "1", seconds), NOTHING_TAKEN)))
      throw new ProofRejected("it has been used before; make one for each call");
    req[SPENT] = name;
  }

  async function take({ req, token, thumbprint }: ProofCall): Promise<Judged> {
    const visit = contextOf(req)?.visit();
    const url = targetUrl(req, siteOf(rules, visit));
    const call = { method: req.method ?? "", url, token, thumbprint, now: now() };
    const proof = await verifyProof(proofIn(req), rules, call);
    const nonces = noncesFor?.(visit);
    const nonce = nonces?.judge(proof.nonce, call.now);
    if (nonce?.isGood === false) return { isTaken: false, nonce: nonce.next };
    await spend(proof, call, req);
    return { isTaken: true, nonce: nonce?.next };
  }

  return { take };
}

/** The one proof of a request. */
function proofIn(req: IncomingMessage): string {
  const { dpop } = req.headers;
  if (countHeader(req, "dpop") > 1) throw new ProofRejected("the header DPoP may stand once");
  if (typeof dpop !== "string" || dpop === "") throw new ProofRejected("the header DPoP is missing");
  return dpop;
}

/** Where the call was sent to: never what its Host header says. */
function siteOf({ site }: DpopRules, visit: Visit | undefined): Outside {
  if (site !== undefined) return { ...site, mount: "" };
  const settings = visit?.instance.settings;
  return { origin: settings?.origin ?? "", basePath: settings?.basePath ?? "", mount: visit?.mount ?? "" };
}

/** Finds the nonces of the guard, or of the `auth()` before it. */
function createNonceFinder({ secrets }: DpopRules): (visit: Visit | undefined) => DpopNonces {
  const create = (from: readonly string[]) => createDpopNonces(deriveSecrets(from, "dpop nonce"));
  const own = create(secrets ?? [randomBytes(32).toString("base64url")]);
  const byInstance = new WeakMap<Visit["instance"], DpopNonces>();
  return (visit) => {
    if (secrets !== undefined || visit === undefined) return own;
    const { instance } = visit;
    const known = byInstance.get(instance) ?? create(instance.settings.secrets);
    byInstance.set(instance, known);
    return known;
  };
}
