/** @module Reads how a caller shows that a bound token is its own. */
import { BlockList } from "node:net";
import {
  addAddress,
  certificateOfConnection,
  createCertificateOfHeader,
  type FindCertificate,
} from "../http/client-certificate.js";
import { PROOF_ALGS, type ProofRules } from "../provider/dpop-proof.js";
import { group, isBoolean, isObject, isState, numberIn, typed, webUrl } from "../settings/checks.js";
import type { Problems } from "../settings/problems.js";
import { secretsIn } from "../settings/read-site.js";
import { createLimitedState } from "../state/limited.js";
import { createMemoryState } from "../state/memory.js";
import type { SharedState } from "../state/port.js";
import type { RequireBearerOptions } from "./bearer-options.js";
import type { BoundTokenOptions, ClientCertificateHeader, DpopOptions } from "./bound-options.js";

/** So many proofs are remembered in this process at most, about 100 MB: the next one is refused, for it could have come before. */
const MOST_PROOFS = 500_000;

/** How proofs are judged, checked. */
export interface DpopRules extends ProofRules {
  readonly isRequired: boolean;
  readonly wantsNonce: boolean;
  /** Undefined: that of `auth()`. */
  readonly site: { readonly origin: string; readonly basePath: string } | undefined;
  /** Undefined: that of `auth()`, else `memory`. */
  readonly state: SharedState | undefined;
  readonly memory: SharedState;
  /** Undefined: those of `auth()`, else one of this process. */
  readonly secrets: readonly string[] | undefined;
}

/** What a guard takes as a proof that a bound token is the caller's own. */
export interface BoundRules {
  readonly dpop: DpopRules | undefined;
  readonly certificateOf: FindCertificate | undefined;
}

/** Names that `BoundTokenOptions` has. The compiler holds this list complete. */
export const BOUND_NAMES: Readonly<Record<keyof BoundTokenOptions, true>> = {
  dpop: true,
  baseUrl: true,
  state: true,
  secret: true,
  clientCertificate: true,
};

/** Checks how a caller shows that a bound token is its own. */
export function readBound(problems: Problems, options: RequireBearerOptions, clockTolerance: number): BoundRules {
  return {
    dpop: readDpop(problems, options, clockTolerance),
    certificateOf: readCertificate(problems, options.clientCertificate),
  };
}

function readDpop(problems: Problems, options: RequireBearerOptions, clockTolerance: number): DpopRules | undefined {
  const path = "requireBearer dpop";
  const site = readSite(problems, options);
  const state = readState(problems, options.state);
  const secrets =
    options.secret === undefined ? undefined : secretsIn(problems, "requireBearer secret", options.secret);
  if (options.dpop === undefined || options.dpop === false) return undefined;
  const given: DpopOptions = group(problems, {
    path,
    value: options.dpop === true ? {} : options.dpop,
    known: ["required", "algs", "maxAge", "nonce"],
  });
  if (options.baseUrl === undefined && options.issuer !== undefined)
    problems.add(
      path,
      "needs `baseUrl`: where this API is reached from outside, such as https://api.example.com. Proofs name the URL that they are made for, and the Host header can't be believed",
    );
  return {
    isRequired: flag(problems, `${path}.required`, given.required),
    algs: readAlgs(problems, given.algs),
    maxAge: numberIn(problems, { path: `${path}.maxAge`, value: given.maxAge, default: 60, from: 1, to: 600 }),
    clockTolerance,
    wantsNonce: flag(problems, `${path}.nonce`, given.nonce),
    site,
    state,
    memory: createMemoryState(MOST_PROOFS),
    secrets,
  };
}

function readSite(problems: Problems, { baseUrl, insecureHttp }: RequireBearerOptions): DpopRules["site"] {
  if (baseUrl === undefined) return undefined;
  const at = { path: "requireBearer baseUrl", value: baseUrl, insecureHttp: insecureHttp === true };
  const url = webUrl(problems, at);
  return url && { origin: url.origin, basePath: url.pathname.replace(/\/+$/, "") };
}

function readState(problems: Problems, state: SharedState | undefined): SharedState | undefined {
  const remedy = "must have get, set, add and remove (see SharedState)";
  const checked = typed(problems, {
    path: "requireBearer state",
    value: state,
    default: undefined,
    is: isState,
    remedy,
  });
  return checked && createLimitedState(checked);
}

function readAlgs(problems: Problems, algs: readonly string[] | undefined): readonly string[] {
  if (algs === undefined) return PROOF_ALGS;
  const isGood = Array.isArray(algs) && algs.length > 0 && algs.every((alg) => PROOF_ALGS.includes(alg));
  if (!isGood) problems.add("requireBearer dpop.algs", `must be a list of ${PROOF_ALGS.join(", ")}`);
  return isGood ? [...algs] : PROOF_ALGS;
}

function readCertificate(
  problems: Problems,
  given: RequireBearerOptions["clientCertificate"],
): FindCertificate | undefined {
  const path = "requireBearer clientCertificate";
  if (given === undefined) return undefined;
  if (given === "tls") return certificateOfConnection;
  if (!isObject(given)) {
    problems.add(path, 'must be "tls", or { header, proxies } where a proxy ends TLS');
    return undefined;
  }
  const { header, proxies }: Partial<ClientCertificateHeader> = group(problems, {
    path,
    value: given,
    known: ["header", "proxies"],
  });
  const name = typeof header === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(header) ? header : "";
  if (name === "") problems.add(`${path}.header`, "must be the name of a header, such as Client-Cert");
  return createCertificateOfHeader({
    name: String(header),
    proxies: readProxies(problems, `${path}.proxies`, proxies),
  });
}

function readProxies(problems: Problems, path: string, proxies: string | readonly string[] | undefined): BlockList {
  const list = new BlockList();
  const addresses: readonly unknown[] = Array.isArray(proxies) ? proxies : [proxies];
  const isGood = addresses.map((one) => typeof one === "string" && addAddress(list, one));
  if (isGood.length === 0 || isGood.includes(false))
    problems.add(
      path,
      "must be the addresses that the proxies connect from, such as 10.0.0.0/8; anybody else could write the header, too",
    );
  return list;
}

function flag(problems: Problems, path: string, value: boolean | undefined): boolean {
  return typed(problems, { path, value, default: false, is: isBoolean, remedy: "must be true or false" });
}
