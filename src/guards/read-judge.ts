/** @module Turns what a guard says of tokens into what judges them. */
import type { IssuerMetadata } from "../options.js";
import type { AccessTokenRules } from "../provider/access-token.js";
import { type AccessTokens, createAccessTokens } from "../provider/access-tokens.js";
import { createIntrospectedTokens } from "../provider/introspected-tokens.js";
import {
  type ChooseIssuer,
  chosenIssuers,
  type Issuers,
  listedIssuers,
  type NamedIssuers,
  nameKey,
  onlyIssuer,
} from "../provider/issuers.js";
import { ASYMMETRIC_ALGS, isAsymmetric } from "../settings/algs.js";
import { numberIn, typed } from "../settings/checks.js";
import { Problems } from "../settings/problems.js";
import { NO_PROOF } from "../settings/read-client-auth.js";
import { readHttp, readProvider } from "../settings/read-provider.js";
import type { ProviderSettings } from "../settings/settings.js";
import type { RequireBearerOptions } from "./bearer-options.js";
import { words } from "./demands.js";
import { BOUND_NAMES, type BoundRules, readBound } from "./read-bound.js";
import { neededMetadata, readIntrospection } from "./read-introspection.js";
import type { Resource } from "./resource.js";

/** How an API judges tokens. */
export interface BearerJudge {
  /** The tokens of the issuers that the options name; undefined where they name none: then those of `auth()`. */
  readonly own: AccessTokens | undefined;
  /** The issuers that the options name; undefined where they name none. */
  readonly issuers: NamedIssuers | undefined;
  /** The tokens of other issuers, by the same rules. */
  of(issuers: Issuers): AccessTokens;
  /** How callers show that a bound token is their own. */
  readonly bound: BoundRules;
}

/** What only a guard says that judges tokens. */
const OF_JUDGES: readonly (keyof RequireBearerOptions)[] = [
  ...(["strict", "algs", "introspection", "cache", "http", "formField", "realm", "insecureHttp"] as const),
  ...(Object.keys(BOUND_NAMES) as (keyof typeof BOUND_NAMES)[]),
];

/** The time, in epoch seconds. */
export const now = (): number => Math.floor(Date.now() / 1000);

/** How tokens are judged; undefined where the guard only narrows what one before it has accepted. */
export function readJudge(
  problems: Problems,
  options: RequireBearerOptions,
  resource: Resource | undefined,
): BearerJudge | undefined {
  const audience = options.audience === undefined ? resource?.identifier : options.audience;
  if (options.issuer === undefined && audience === undefined) {
    for (const name of OF_JUDGES.filter((one) => options[one] !== undefined)) {
      problems.add(
        `requireBearer ${name}`,
        "says how tokens are judged, so it belongs to the guard that names `audience` or `resource`",
      );
    }
    return undefined;
  }
  const rules: AccessTokenRules = {
    audiences: readAudience(problems, audience),
    algs: readAlgs(problems, options.algs),
    isStrict: flag(problems, "strict", options.strict),
    clockTolerance: readTolerance(problems, options),
  };
  const most = readCache(problems, options.cache);
  readHttp(problems, options.http);
  flag(problems, "insecureHttp", options.insecureHttp);
  const introspection = readIntrospection(problems, options);
  const of = (from: Issuers) => {
    const byKeys = createAccessTokens({ issuers: from, rules, most, now });
    if (introspection === undefined) return byKeys;
    return createIntrospectedTokens(byKeys, { issuers: from, rules: { ...rules, introspection }, most, now });
  };
  const issuers = options.issuer === undefined ? undefined : readIssuers(problems, options.issuer, options);
  return { own: issuers && of(issuers), issuers, of, bound: readBound(problems, options, rules.clockTolerance) };
}

function readAudience(problems: Problems, audience: string | readonly string[] | undefined): readonly string[] {
  const path = "requireBearer audience";
  if (audience === undefined) {
    problems.add(
      path,
      "is needed, or `resource`: what this API is called in tokens. Without it, tokens for any other API of this issuer would open this one",
    );
  }
  // one name may have spaces in it
  return words(problems, path, typeof audience === "string" ? [audience] : audience) ?? [];
}

function readCache(problems: Problems, most = 2000): number {
  if (!Number.isInteger(most) || most < 0 || most > 1_000_000)
    problems.add("requireBearer cache", "must be a whole number of tokens, 0 to 1000000; the default is 2000");
  return most;
}

function readIssuers(
  problems: Problems,
  issuer: NonNullable<RequireBearerOptions["issuer"]>,
  options: RequireBearerOptions,
): NamedIssuers {
  if (typeof issuer === "function") {
    return chosenIssuers(issuer as ChooseIssuer, (one) => {
      const found = new Problems();
      const settings = providerSettings(found, one, options);
      found.throwIfAny();
      return settings;
    });
  }
  const list = (Array.isArray(issuer) ? issuer : [issuer]) as (string | IssuerMetadata)[];
  if (list.length === 0) problems.add("requireBearer issuer", "must name at least one issuer");
  const all = list.map((one) => providerSettings(problems, one, options));
  const names = all.map(({ issuerName }) => nameKey(issuerName));
  for (const name of names.filter((one, at) => one !== "" && names.indexOf(one) !== at))
    problems.add("requireBearer issuer", `names ${name} twice, with or without a slash at its end; write it once`);
  const [only] = all;
  return all.length === 1 && only !== undefined ? onlyIssuer(only) : listedIssuers(all);
}

/** A provider of which keys are needed, at most: where this API is a client of it, the way to introspect says which. */
function providerSettings(
  problems: Problems,
  issuer: string | IssuerMetadata,
  options: RequireBearerOptions,
): ProviderSettings {
  const insecureHttp = options.insecureHttp === true;
  return {
    ...readProvider(problems, {
      path: "requireBearer issuer",
      value: issuer,
      insecureHttp,
      needed: neededMetadata(options),
    }),
    ...readHttp(problems, options.http),
    protocol: "oidc",
    subjectMember: "sub",
    clientId: "express-oidc",
    ...NO_PROOF,
    profile: undefined,
    idTokenSigningAlg: undefined,
    clockTolerance: readTolerance(problems, options),
    insecureHttp,
    now,
  };
}

function readAlgs(problems: Problems, algs: readonly string[] | undefined): readonly string[] {
  if (algs === undefined) return ASYMMETRIC_ALGS;
  const isGood = Array.isArray(algs) && algs.length > 0 && algs.every(isAsymmetric);
  if (!isGood) problems.add("requireBearer algs", `must be a list of ${ASYMMETRIC_ALGS.join(", ")}`);
  return isGood ? algs : ASYMMETRIC_ALGS;
}

/** How far clocks may be apart, in seconds. */
export function readTolerance(problems: Problems, { clockTolerance }: RequireBearerOptions): number {
  return numberIn(problems, {
    path: "requireBearer clockTolerance",
    value: clockTolerance,
    default: 30,
    from: 0,
    to: 300,
  });
}

/** A switch of the guard's. */
export function flag(problems: Problems, name: string, value: boolean | undefined): boolean {
  return typed(problems, {
    path: `requireBearer ${name}`,
    value,
    default: false,
    is: (one) => typeof one === "boolean",
    remedy: "must be true or false",
  });
}
