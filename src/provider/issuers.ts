/** @module Whose access tokens an API takes: one provider, a list, or a choice of the app's. A token only names one of them. */
import { isDeepStrictEqual } from "node:util";
import { decodeJwt } from "jose/jwt/decode";
import type { IssuerMetadata } from "../options.js";
import { isWebUrl } from "../settings/checks.js";
import type { ProviderSettings } from "../settings/settings.js";
import { BoundedMap } from "../state/bounded-map.js";
import { SingleFlight } from "../state/single-flight.js";
import type { TrustedIssuer } from "./access-token.js";
import { createDiscovery, type Discovery } from "./discovery.js";
import { createFailureMemory } from "./failure-memory.js";
import { createIntrospect } from "./introspect.js";
import { COOL_DOWN, createKeys, type Keys } from "./keys.js";
import { TokenRejected } from "./token-rejected.js";

/** How many issuers of a choice are kept with their keys. */
const MOST_CHOSEN = 1000;

/** When the app is asked again about an issuer that it has chosen: a tenant may have left. Seconds. */
const ASK_AGAIN_AFTER = 300;

/** Finds the issuer of a token. */
export interface Issuers {
  /**
   * The issuer that a token names, if it is accepted.
   * @throws {TokenRejected} when the token names none that is.
   */
  of(token: string): TrustedIssuer | Promise<TrustedIssuer>;
}

/** An issuer by its name: as the options spell it, and as its own metadata does. */
export interface NamedIssuer {
  readonly spelled: string;
  /** @throws {ProviderError} (its promise) while the issuer is away. */
  readonly name: () => Promise<string>;
}

/** Issuers of which some are named beforehand; none are where the app chooses. */
export interface NamedIssuers extends Issuers {
  readonly named: readonly NamedIssuer[];
}

/** The app's choice: what it knows of an issuer that a token names, or nothing. The name, a URL, comes from outside. */
export type ChooseIssuer = (
  name: string,
) => string | IssuerMetadata | null | undefined | Promise<string | IssuerMetadata | null | undefined>;

/** An issuer of which discovery and keys are known. */
export function trust(settings: ProviderSettings, discovery: Discovery, keys: Keys): TrustedIssuer {
  const absence = createFailureMemory(settings.now, COOL_DOWN);
  return {
    keys,
    name: () => absence.run(async () => (await discovery.find()).metadata.issuer),
    introspection: (way) => createIntrospect({ settings, discovery, keys }, way),
  };
}

/** An issuer with discovery and keys of its own. */
function createTrusted(settings: ProviderSettings): TrustedIssuer {
  const discovery = createDiscovery(settings);
  return trust(settings, discovery, createKeys(settings, discovery));
}

/** One issuer: each token must be of it. */
export function onlyIssuer(settings: ProviderSettings): NamedIssuers {
  const only = createTrusted(settings);
  return { of: () => only, named: [{ spelled: settings.issuerName, name: () => only.name() }] };
}

/** A closed list. A token of anybody else causes no request. */
export function listedIssuers(list: readonly ProviderSettings[]): NamedIssuers {
  const all = list.map((settings) => ({ spelled: settings.issuerName, issuer: createTrusted(settings) }));
  const byName = new Map(all.map(({ spelled, issuer }) => [nameKey(spelled), issuer]));
  return {
    named: all.map(({ spelled, issuer }) => ({ spelled, name: () => issuer.name() })),
    of(token) {
      const issuer = byName.get(nameKey(issuerIn(token)));
      if (issuer === undefined) throw new TokenRejected("its issuer is none that this API trusts");
      return issuer;
    },
  };
}

/** What the app has chosen for a name. */
interface Chosen {
  /** As a token gave it first, and as the app is asked about it again. */
  readonly name: string;
  readonly answer: string | IssuerMetadata;
  readonly issuer: TrustedIssuer;
  /** In epoch seconds. */
  readonly askAgainAt: number;
}

const now = () => Date.now() / 1000;

/** The app's choice, which is asked again after a while; what it does not know, each time. Only issuers that are there are kept. */
export function chosenIssuers(
  choose: ChooseIssuer,
  read: (issuer: string | IssuerMetadata) => ProviderSettings,
): NamedIssuers {
  const chosen = new BoundedMap<Chosen>(MOST_CHOSEN);
  const absent = new BoundedMap<Pick<Chosen, "answer" | "issuer">>(MOST_CHOSEN);
  const flight = new SingleFlight<TrustedIssuer>();

  async function ask(name: string): Promise<TrustedIssuer> {
    const key = nameKey(name);
    // no names such as __proto__: an app may look them up in a plain object
    const answer = isIssuerName(name) ? await choose(name) : undefined;
    const settings = answer === undefined || answer === null ? undefined : readAnswer(read, answer, name);
    if (!answer || settings === undefined || nameKey(settings.issuerName) !== key) {
      chosen.delete(key);
      throw new TokenRejected("its issuer is none that this API trusts");
    }
    const before = [chosen.get(key), absent.get(key)].find((one) => isDeepStrictEqual(one?.answer, answer));
    const issuer = before?.issuer ?? createTrusted(settings);
    absent.set(key, { answer, issuer });
    await issuer.name();
    absent.delete(key);
    const askAgainAt = now() + ASK_AGAIN_AFTER;
    chosen.set(key, { name, answer, issuer, askAgainAt });
    return until(askAgainAt, issuer);
  }

  return {
    named: [],
    of(token) {
      const name = issuerIn(token);
      const known = chosen.get(nameKey(name));
      if (known !== undefined && now() < known.askAgainAt) return until(known.askAgainAt, known.issuer);
      const asked = known?.name ?? name;
      return flight.run(asked, () => ask(asked));
    },
  };
}

/** Tokens that were checked with an issuer's keys are checked again when the app must be asked about it: it may have left. */
function until(seconds: number, issuer: TrustedIssuer): TrustedIssuer {
  const { keys } = issuer;
  const edition = () => (now() < seconds ? keys.edition() : Number.NaN);
  return { ...issuer, keys: { verify: (...args) => keys.verify(...args), edition } };
}

/** Whether a name is one that an issuer could have, in the one spelling of it: many spellings of one issuer would be as many issuers here. */
function isIssuerName(name: string): boolean {
  if (!isWebUrl(name) || /[?#]/.test(name)) return false;
  const { href, username, password } = new URL(name);
  return (href === name || href === `${name}/`) && username + password === "";
}

/** What the app has answered. Where that is the token's own text, what is wrong with it is the token's fault. */
function readAnswer(
  read: (issuer: string | IssuerMetadata) => ProviderSettings,
  answer: string | IssuerMetadata,
  name: string,
): ProviderSettings {
  try {
    return read(answer);
  } catch (cause) {
    throw answer === name ? new TokenRejected("its issuer is none that this API trusts", cause) : cause;
  }
}

/** Who a token says has issued it. Nothing is verified yet. */
function issuerIn(token: string): string {
  try {
    const { iss } = decodeJwt(token);
    if (typeof iss === "string" && iss !== "") return iss;
  } catch (cause) {
    throw new TokenRejected("it is no JWT", cause);
  }
  throw new TokenRejected("it names no issuer");
}

/** Names that differ by a slash at the end find each other here; when the token is verified the letter counts. */
export function nameKey(name: string): string {
  return name.endsWith("/") ? name.slice(0, -1) : name;
}
