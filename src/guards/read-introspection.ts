/** @module Checks how an API has its issuer judge tokens. */
import type { IntrospectionClient } from "../provider/introspect.js";
import type { IntrospectionRules } from "../provider/introspected-tokens.js";
import { ASYMMETRIC_ALGS, isAsymmetric } from "../settings/algs.js";
import { group, isObject, isText, numberIn, typed } from "../settings/checks.js";
import { Problems } from "../settings/problems.js";
import { readClientProof } from "../settings/read-client-auth.js";
import type { RequireBearerOptions } from "./bearer-options.js";
import type { IntrospectionOptions } from "./introspection-options.js";

const PATH = "requireBearer introspection";

const NAMES: readonly (keyof IntrospectionOptions)[] = [
  "clientId",
  "clientSecret",
  "clientAuth",
  "clientKey",
  "tokens",
  "audience",
  "signed",
  "cacheFor",
  "negativeFor",
];

/** How tokens are introspected; undefined where they are not. */
export function readIntrospection(
  problems: Problems,
  { introspection: value, issuer, http }: RequireBearerOptions,
): IntrospectionRules | undefined {
  if (value === undefined) return undefined;
  const options = group<IntrospectionOptions>(problems, {
    path: PATH,
    value: value === true ? {} : value,
    known: NAMES,
  });
  if (typeof issuer === "function" || (Array.isArray(issuer) && issuer.length > 1)) {
    problems.add(
      PATH,
      "needs one `issuer`, for an opaque token does not say whose it is; give each issuer a guard of its own, on a path of its own",
    );
  }
  const client = readIntrospectionClient(problems, options, http);
  if (issuer !== undefined && client === undefined && (value === true || isObject(value))) {
    problems.add(
      PATH,
      "needs clientId and clientSecret, as which this API asks `issuer`; without them only the provider of auth() can be asked",
    );
  }
  return {
    client,
    tokens: oneOf(problems, "tokens", { value: options.tokens, known: ["opaque", "all"] }),
    audience: oneOf(problems, "audience", { value: options.audience, known: ["required", "optional"] }),
    signed: readSigned(problems, options.signed),
    cacheFor: readSpan(problems, "cacheFor", { value: options.cacheFor, default: 30 }),
    negativeFor: readSpan(problems, "negativeFor", { value: options.negativeFor, default: 5 }),
  };
}

/** What the metadata of an issuer must have, where the app holds that itself. */
export function neededMetadata({ introspection }: RequireBearerOptions): readonly string[] {
  if (!isObject(introspection)) return ["jwks_uri"];
  const { tokens, signed = false } = introspection;
  return tokens !== "all" || signed !== false ? ["introspection_endpoint", "jwks_uri"] : ["introspection_endpoint"];
}

function readIntrospectionClient(
  problems: Problems,
  { clientId, clientSecret, clientAuth, clientKey }: IntrospectionOptions,
  http: RequireBearerOptions["http"],
): IntrospectionClient | undefined {
  if (clientId === undefined) {
    if ([clientSecret, clientAuth, clientKey].some((one) => one !== undefined))
      problems.add(
        `${PATH}.clientId`,
        "is needed beside clientSecret, clientKey and clientAuth: this API's id at the issuer",
      );
    return undefined;
  }
  const texts = { clientId, ...(clientSecret !== undefined && { clientSecret }) };
  for (const [name, value] of Object.entries(texts)) {
    if (!isText(value)) problems.add(`${PATH}.${name}`, "must be a text that is not empty");
  }
  if ([clientSecret, clientAuth, clientKey].every((one) => one === undefined)) {
    problems.add(
      `${PATH}.clientSecret`,
      'is needed: issuers answer only who proves who asks (RFC 7662, 2.1); write clientAuth: "none" where this one asks for no proof',
    );
  }
  const inner = new Problems();
  const proof = readClientProof(
    inner,
    {
      clientId,
      ...(clientAuth !== undefined && { clientAuth }),
      ...(clientKey !== undefined && { clientKey }),
      ...(http !== undefined && { http }),
    },
    clientSecret,
  );
  problems.addInside(PATH, inner);
  return { clientId, clientSecret, ...proof };
}

function readSigned(problems: Problems, signed: IntrospectionOptions["signed"]): IntrospectionRules["signed"] {
  if (signed === undefined || signed === false) return undefined;
  if (signed === true) return "listed";
  const algs: unknown = typeof signed === "string" ? [signed] : signed;
  if (Array.isArray(algs) && algs.length > 0 && algs.every(isAsymmetric)) return algs as string[];
  problems.add(`${PATH}.signed`, `must be true, false, or one or more of ${ASYMMETRIC_ALGS.join(", ")}`);
  return undefined;
}

/** One of a few words; the first one is the default. */
function oneOf<Word extends string>(
  problems: Problems,
  name: string,
  { value, known }: { value: Word | undefined; known: readonly [Word, Word] },
): Word {
  return typed<Word>(problems, {
    path: `${PATH}.${name}`,
    value,
    default: known[0],
    is: (one) => known.some((word) => word === one),
    remedy: `must be ${known.map((word) => JSON.stringify(word)).join(" or ")}`,
  });
}

function readSpan(
  problems: Problems,
  name: string,
  { value, default: usual }: { value: number | undefined; default: number },
): number {
  return numberIn(problems, { path: `${PATH}.${name}`, value, default: usual, from: 0, to: 3600 });
}
