/** @module Reads where a provider is and how it is called. */
import { createKeptFetch } from "../http/kept-fetch.js";
import { parsedUrl } from "../http/parsed-url.js";
import type { HttpOptions, IssuerMetadata, ProviderMetadata } from "../options.js";
import { group, isFunction, isObject, numberIn, typed, webUrl } from "./checks.js";
import { VARIABLES } from "./environment.js";
import type { Problems } from "./problems.js";
import type { Settings } from "./settings.js";

/** Stands in for an address that could not be read, until the problems are thrown. */
const NOWHERE = new URL("https://invalid");

/** An option that says where a provider is. */
export interface ProviderOption {
  /** Its name, for messages. */
  readonly path: string;
  readonly value: string | IssuerMetadata | undefined;
  readonly insecureHttp: boolean;
  /** What its metadata must have, where the app holds that itself. */
  readonly needed: readonly string[];
}

type Place = Pick<Settings, "issuer" | "issuerName" | "metadata">;

/** Where a provider is. */
export function readProvider(problems: Problems, option: ProviderOption): Place {
  const { path, value, insecureHttp } = option;
  if (isObject(value)) return readMetadata(problems, value as ProviderMetadata, option);
  if (value === undefined) {
    problems.add(path, `is needed: the URL of your OpenID Provider, here or in ${VARIABLES.issuer}`);
    return { issuer: NOWHERE, issuerName: "", metadata: undefined };
  }
  // a discovery URL would switch off the check that its document names the issuer (Discovery §4.3)
  const plain = typeof value === "string" ? value.replace(/\/\.well-known\/openid-configuration\/?$/, "") : value;
  const url = webUrl(problems, { path, value: plain, insecureHttp });
  if (url?.pathname.includes("/.well-known/")) {
    problems.add(
      path,
      "must be the issuer itself, not the address of a document; write what the document names as issuer",
    );
  }
  return { issuer: url ?? NOWHERE, issuerName: url === undefined ? "" : plain, metadata: undefined };
}

/** Metadata that the app holds itself, where the provider publishes none. */
function readMetadata(
  problems: Problems,
  given: ProviderMetadata,
  { path, insecureHttp, needed }: ProviderOption,
): Place {
  const more = Object.keys(given).filter((name) => name.endsWith("_endpoint") && given[name] !== undefined);
  for (const name of new Set(["issuer", ...needed, ...more])) {
    webUrl(problems, { path: `${path}.${name}`, value: given[name], insecureHttp, mayHaveQuery: name !== "issuer" });
  }
  const { issuer } = given;
  return {
    issuer: (typeof issuer === "string" ? parsedUrl(issuer) : undefined) ?? NOWHERE,
    issuerName: typeof issuer === "string" ? issuer : "",
    metadata: plainCopy(problems, path, given),
  };
}

function plainCopy(problems: Problems, path: string, metadata: ProviderMetadata): ProviderMetadata {
  try {
    return structuredClone(metadata);
  } catch {
    problems.add(path, "must be plain data where it is the provider's metadata, without functions and symbols");
    return metadata;
  }
}

/** How a provider is called. */
export function readHttp(
  problems: Problems,
  options: HttpOptions | undefined,
): Pick<Settings, "httpTimeout" | "fetch" | "apiFetch"> {
  const http: HttpOptions = group(problems, { path: "http", value: options, known: ["timeout", "fetch"] });
  const given = typed<HttpOptions["fetch"]>(problems, {
    path: "http.fetch",
    value: http.fetch,
    default: undefined,
    is: isFunction,
    remedy: "must be a function",
  });
  return {
    httpTimeout: numberIn(problems, { path: "http.timeout", value: http.timeout, default: 5, from: 0.5, to: 60 }),
    fetch: given ?? createKeptFetch(),
    apiFetch: given ?? ((url, init) => fetch(url, init)),
  };
}
