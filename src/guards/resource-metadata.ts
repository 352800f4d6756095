/** @module What an API tells the world about itself, so that a client finds out whom to ask for a token (RFC 9728). */
import type { IncomingMessage, ServerResponse } from "node:http";
import { contextOf } from "../context/find.js";
import { OptionsError } from "../errors.js";
import { type MountedRequest, originalPlace } from "../http/mount.js";
import { answeredWithoutBody, sendOpenJson } from "../http/open.js";
import type { NamedIssuer } from "../provider/issuers.js";
import { isObject, isText, isWebUrl } from "../settings/checks.js";
import { Problems } from "../settings/problems.js";
import { trace } from "../trace.js";
import { type BearerMiddleware, judgementOf } from "./bearer-middleware.js";
import type { Middleware } from "./middleware.js";
import type { BearerGuard } from "./read-bearer.js";
import { bearerError, NO_ISSUER } from "./refusal.js";
import type { Resource } from "./resource.js";

/** What {@link resourceMetadata} can say beside what the guards declare. */
export interface ResourceMetadataOptions {
  /** What people know this API as (`resource_name`). */
  readonly name?: string;
  /** A page for developers who want to use it (`resource_documentation`). */
  readonly documentation?: string;
  /** A page that says how its data may be used (`resource_policy_uri`). */
  readonly policy?: string;
  /** A page with its terms of service (`resource_tos_uri`). */
  readonly terms?: string;
}

/** The options, by the names that they have in the document (RFC 9728 §2). */
const WIRE_NAMES: Readonly<Record<keyof ResourceMetadataOptions, string>> = {
  name: "resource_name",
  documentation: "resource_documentation",
  policy: "resource_policy_uri",
  terms: "resource_tos_uri",
};

/** How long caches may keep the document. Seconds. */
const MAX_AGE = 3600;

/** What is described: one API, by all of its guards. */
interface Described {
  readonly resource: Resource;
  readonly guards: readonly BearerGuard[];
  readonly more: Readonly<Record<string, string>>;
}

/**
 * Tells clients about an API (RFC 9728): `authorization_servers`, `scopes_supported` and how a token is sent, all from what its guards declare.
 * The challenges of a guard with `resource` lead here, so that a client that knows nothing but the API's address finds out whom to ask for a token.
 *
 * Answers at the one address that follows from `resource`, `/.well-known/oauth-protected-resource` and the path of `resource` behind it, so mount
 * it at the root, and before what would refuse it; every other request goes on. Every site may read the answer, and caches may keep it for an hour.
 *
 * Issuers are named as their own metadata names them. One that is away is named as the option `issuer` does; caches don't keep that. Where a
 * function chooses issuers, there is nothing to name.
 *
 * @param guards - the guards of one API; one of them has `resource`. The scopes of all are listed.
 * @throws {OptionsError} at construction, with every problem at once.
 * @example
 * const api = requireBearer({ issuer: "https://id.example.com", resource: "https://api.example.com/orders" });
 * const writing = requireBearer({ scope: "orders:write" });
 * app.use(resourceMetadata(api, writing));
 * app.use("/orders", api);
 */
export function resourceMetadata(...guards: BearerMiddleware[]): Middleware;
/** The same with options, behind the guards. */
export function resourceMetadata(...guardsAndOptions: [...BearerMiddleware[], ResourceMetadataOptions]): Middleware;
export function resourceMetadata(...given: readonly (BearerMiddleware | ResourceMetadataOptions)[]): Middleware {
  const described = readDescribed(given);
  const { pathname, search } = described.resource.metadataUrl;

  return function resourceMetadataMiddleware(req: MountedRequest, res, next) {
    const { path, query } = originalPlace(req);
    const isMeant = path === pathname && (search === "" || `?${query}` === search);
    if (!isMeant) next();
    else if (!answeredWithoutBody(req, res)) answer(described, req, res).catch(next);
  };
}

async function answer(described: Described, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const issuers = described.guards.flatMap((guard) => issuersOf(guard, req));
  const named = await Promise.all(issuers.map(nameOf));
  // meanwhile a time-out of the app's may have answered
  if (res.headersSent || res.writableEnded) return;
  const body = describe(
    described,
    named.map(({ name }) => name),
  );
  sendOpenJson(req, res, { body, maxAge: named.every(({ isOwn }) => isOwn) ? MAX_AGE : 0 });
}

/** The document. What nothing is known of is left out (RFC 9728 §2). */
function describe({ resource, guards, more }: Described, issuers: readonly string[]): object {
  const scopes = guards.flatMap(({ rules }) => [...rules.scopes, ...rules.anyScopes]);
  return {
    resource: resource.identifier,
    ...listed("authorization_servers", issuers),
    ...listed("scopes_supported", scopes),
    ...waysToSend(guards),
    ...more,
  };
}

/** How a token is brought here, and how it is bound to who brings it. */
function waysToSend(guards: readonly BearerGuard[]): object {
  const takesForms = guards.some(({ formField }) => formField);
  const bound = guards.flatMap(({ judge }) => judge?.bound ?? []);
  const proofs = bound.flatMap(({ dpop }) => dpop ?? []);
  return {
    bearer_methods_supported: takesForms ? ["header", "body"] : ["header"],
    ...listed(
      "dpop_signing_alg_values_supported",
      proofs.flatMap(({ algs }) => algs),
    ),
    ...(proofs.some(({ isRequired }) => isRequired) && { dpop_bound_access_tokens_required: true }),
  };
}

/** A list without repetitions; nothing where it is empty, which would say that there are none. */
function listed(name: string, values: readonly string[]): object {
  return values.length > 0 ? { [name]: [...new Set(values)] } : {};
}

/** Whose tokens a guard takes. @throws {BearerError} where that is up to an `auth()` which the request has not passed. */
function issuersOf({ judge, terms }: BearerGuard, req: IncomingMessage): readonly NamedIssuer[] {
  if (judge === undefined) return [];
  if (judge.issuers !== undefined) return judge.issuers.named;
  const instance = contextOf(req)?.visit().instance;
  if (instance === undefined) throw bearerError(terms, NO_ISSUER);
  return [{ spelled: instance.settings.issuerName, name: () => instance.provider.trusted.name() }];
}

/** What an issuer calls itself; while it is away, what we call it. */
async function nameOf({ spelled, name }: NamedIssuer): Promise<{ name: string; isOwn: boolean }> {
  try {
    return { name: await name(), isOwn: true };
  } catch {
    trace("resource metadata: %s is away, and named as the options do", spelled);
    return { name: spelled, isOwn: false };
  }
}

function readDescribed(given: readonly unknown[]): Described {
  const [first] = given;
  if (isObject(first) && "headers" in first && "method" in first) {
    throw new OptionsError([
      "resourceMetadata: was passed to app.use() without being called; write resourceMetadata(guard)",
    ]);
  }
  const problems = new Problems();
  const last = given.at(-1);
  const more = isObject(last) ? readMore(problems, last) : {};
  const guards = (isObject(last) ? given.slice(0, -1) : given).map((guard) => judgementOf(guard)?.guard);
  const known = guards.filter((guard) => guard !== undefined);
  if (known.length < guards.length) {
    problems.add(
      "resourceMetadata",
      "takes guards that requireBearer() has made, and behind them an object of options",
    );
  }
  const resources = known.flatMap(({ resource }) => resource ?? []);
  const [resource] = resources;
  if (resource === undefined) {
    problems.add(
      "resourceMetadata",
      "needs a guard with the option `resource`: the address of the API that it describes",
    );
  } else if (resources.some(({ identifier }) => identifier !== resource.identifier)) {
    problems.add(
      "resourceMetadata",
      "describes one API, but these guards name several with `resource`; call it once for each",
    );
  }
  problems.throwIfAny();
  // without one it has thrown
  return { resource: resource as Resource, guards: known, more };
}

function readMore(problems: Problems, options: ResourceMetadataOptions): Readonly<Record<string, string>> {
  problems.unknownNames("resourceMetadata ", options, Object.keys(WIRE_NAMES));
  const members = Object.entries(WIRE_NAMES).flatMap(([name, wireName]) => {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined) return [];
    if (isText(value) && (name === "name" || isWebUrl(value))) return [[wireName, value]];
    problems.add(`resourceMetadata ${name}`, name === "name" ? "must be a text" : "must be the address of a page");
    return [];
  });
  return Object.fromEntries(members);
}
