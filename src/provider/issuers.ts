/** @module Whose access tokens an API takes: one provider, a list, or a choice of the app's. A token only names one of them. */
import { isDeepStrictEqual } from "node:util";
import { parsedUrl } from "../http/parsed-url.js";
import type { IssuerMetadata } from "../options.js";
import type { ProviderSettings } from "../settings/settings.js";
import { BoundedMap } from "../state/bounded-map.js";
import { SingleFlight } from "../state/single-flight.js";
import type { TrustedIssuer } from "./access-token.js";
import { createDiscovery, type Discovery } from "./discovery.js";
import { createIntrospect } from "./introspect.js";
import { createKeys, type Keys } from "./keys.js";
import { TokenRejected } from "./token-rejected.js";

/** How many issuers of a choice are kept with their keys. */
const MOST_CHOSEN = 1000;

/** When the app is asked again about an issuer that it has chosen: a tenant may have left. Seconds. */
const ASK_AGAIN_AFTER = 300;

/** Why a token is refused that names somebody else. */
const UNTRUSTED = "its issuer is none that this API trusts";

/** Finds the issuer of a token. */
export interface Issuers {
  /**
   * The issuer that a token names, if it is accepted.
   * @param iss - its claim. Absent where only its issuer can read the token: then there must be only one.
   * @throws {TokenRejected} when the token names none that is.
   */
  of(iss?: unknown): TrustedIssuer | Promise<TrustedIssuer>;
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
  return {
    keys,
    isCalled: (name) => mayBeCalled(settings, name),
    name: async () => (await discovery.find("anybody")).metadata.issuer,
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
    of(iss) {
      const issuer = byName.get(nameKey(nameIn(iss)));
      if (issuer === undefined) throw new TokenRejected(UNTRUSTED);
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
export function chosenIssuers(choose: ChooseIssuer, read: ReadIssuer): NamedIssuers {
  const chosen = new BoundedMap<Chosen>(MOST_CHOSEN);
  const absent = new BoundedMap<Pick<Chosen, "answer" | "issuer">>(MOST_CHOSEN);
  const flight = new SingleFlight<TrustedIssuer>();

  async function ask(name: string): Promise<TrustedIssuer> {
    const key = nameKey(name);
    // no names such as __proto__: an app may look them up in a plain object
    const answer = isIssuerName(name, read) ? await choose(name) : undefined;
    const settings = answer === undefined || answer === null ? undefined : read(answer);
    if (!answer || settings === undefined || nameKey(settings.issuerName) !== key) {
      chosen.delete(key);
      throw new TokenRejected(UNTRUSTED);
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
    of(iss) {
      const name = nameIn(iss);
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

/** How settings are made of what names an issuer. @throws {OptionsError} where it can't name one. */
export type ReadIssuer = (issuer: string | IssuerMetadata) => ProviderSettings;

/** Whether an issuer could have this name, which the app might then answer with, in this spelling: many spellings of one would be as many issuers here. */
function isIssuerName(name: string, read: ReadIssuer): boolean {
  try {
    const { href } = read(name).issuer;
    return (href === name || href === `${name}/`) && !/[?#]/.test(name);
  } catch {
    return false;
  }
}

/** Who a token says has issued it. */
function nameIn(iss: unknown): string {
  if (typeof iss === "string" && iss !== "") return iss;
  throw new TokenRejected("it names no issuer");
}

/** Hosts whose documents give their issuer another name than the one it was asked by; openid-client lets that pass. */
const OTHERWISE_CALLED = /^login\.microsoftonline\.com$|\.b2clogin\.com$/;

/** What an issuer calls itself must be the URL that it was asked by (OpenID Connect Discovery §4.3), so that the option tells most strangers. */
function mayBeCalled({ issuer, issuerName, metadata }: ProviderSettings, name: unknown): boolean {
  if (name === issuerName) return true;
  if (metadata === undefined && OTHERWISE_CALLED.test(issuer.hostname)) return true;
  const url = typeof name === "string" ? parsedUrl(name) : undefined;
  return url !== undefined && nameKey(url.href) === nameKey(issuer.href);
}

/** Names that differ by a slash at the end find each other here; when the token is verified the letter counts. */
export function nameKey(name: string): string {
  return name.endsWith("/") ? name.slice(0, -1) : name;
}
