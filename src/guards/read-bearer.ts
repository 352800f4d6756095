/** @module Reads the options of an API's guard. */
import { isQuotable } from "../http/challenge.js";
import { isFunction, isObject, isText, typed } from "../settings/checks.js";
import { Problems } from "../settings/problems.js";
import type { RequireBearerOptions } from "./bearer-options.js";
import { type BearerRules, readBearerRules } from "./bearer-rules.js";
import { BOUND_NAMES } from "./read-bound.js";
import { type BearerJudge, flag, readJudge, readTolerance } from "./read-judge.js";
import { BEARER_ONLY, offersWith, type Terms } from "./refusal.js";
import { type Resource, readResource } from "./resource.js";

/** The options of an API's guard, checked. */
export interface BearerGuard {
  readonly rules: BearerRules;
  /** How tokens are judged here; undefined where the guard only narrows what one before it has accepted. */
  readonly judge: BearerJudge | undefined;
  readonly clockTolerance: number;
  readonly formField: boolean;
  readonly terms: Terms;
  /** What the API is called, where the guard says it. */
  readonly resource: Resource | undefined;
  /** For events: which issuer and client a refusal concerns, where no `auth()` says it. */
  readonly origin: { readonly issuer: string; readonly clientId: string };
  readonly onRefused: RequireBearerOptions["onRefused"];
}

const NAMES: Readonly<Record<keyof RequireBearerOptions, true>> = {
  issuer: true,
  audience: true,
  resource: true,
  strict: true,
  algs: true,
  introspection: true,
  cache: true,
  formField: true,
  clockTolerance: true,
  ...BOUND_NAMES,
  http: true,
  realm: true,
  onRefused: true,
  insecureHttp: true,
  scope: true,
  anyScope: true,
  scopeMatches: true,
  claims: true,
  roles: true,
  maxAge: true,
  acr: true,
};

/** Checks the options of an API's guard. @throws {OptionsError} with every problem at once. */
export function readBearerGuard(options: RequireBearerOptions): BearerGuard {
  const problems = new Problems();
  if (!isObject(options)) {
    problems.add("requireBearer", `takes an object with ${Object.keys(NAMES).join(", ")}`);
    problems.throwIfAny();
  }
  problems.unknownNames("requireBearer ", options, Object.keys(NAMES));
  const resource = options.resource === undefined ? undefined : readResource(problems, options.resource, options);
  const judge = readJudge(problems, options, resource);
  const guard: BearerGuard = {
    rules: readBearerRules(problems, options),
    judge,
    resource,
    clockTolerance: readTolerance(problems, options),
    formField: flag(problems, "formField", options.formField),
    terms: {
      realm: readRealm(problems, options.realm),
      offers: offersOf(judge),
      metadataUrl: resource?.metadataUrl.href,
    },
    origin: { issuer: typeof options.issuer === "string" ? options.issuer : "", clientId: "" },
    onRefused: typed<RequireBearerOptions["onRefused"]>(problems, {
      path: "requireBearer onRefused",
      value: options.onRefused,
      default: undefined,
      is: isFunction,
      remedy: "must be a function (error, req, res, next)",
    }),
  };
  problems.throwIfAny();
  return guard;
}

function offersOf(judge: BearerJudge | undefined): Terms["offers"] {
  const dpop = judge?.bound.dpop;
  return dpop === undefined ? BEARER_ONLY : offersWith(dpop.algs, dpop.isRequired);
}

function readRealm(problems: Problems, realm: string | undefined): string | undefined {
  return typed<string | undefined>(problems, {
    path: "requireBearer realm",
    value: realm,
    default: undefined,
    is: (value) => isText(value) && isQuotable(value),
    remedy: "must be a text without quotes, backslashes and letters beyond ASCII",
  });
}
