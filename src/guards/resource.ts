/** @module What an API is called, and where it tells the world about itself (RFC 9728 §3). */
import { isQuotable } from "../http/challenge.js";
import { webUrl } from "../settings/checks.js";
import type { Problems } from "../settings/problems.js";

const WELL_KNOWN = "/.well-known/oauth-protected-resource";

/** The longest address of metadata, in characters: it stands in headers. */
const LONGEST = 450;

/** Stands in for an address that could not be read, until the problems are thrown. */
const NOWHERE = new URL("https://invalid");

/** An API by its name. */
export interface Resource {
  /** As it was written: clients compare it letter by letter (RFC 9728 §3.3). */
  readonly identifier: string;
  /** Where its metadata is. */
  readonly metadataUrl: URL;
}

/** Checks what an API is called. */
export function readResource(
  problems: Problems,
  value: string,
  { insecureHttp }: { readonly insecureHttp?: boolean },
): Resource {
  const path = "requireBearer resource";
  const url = webUrl(problems, { path, value, insecureHttp: insecureHttp === true, mayHaveQuery: true }) ?? NOWHERE;
  // URL does not know a fragment without letters
  if (url.hash === "" && String(value).endsWith("#"))
    problems.add(path, "must be a URL without fragment (RFC 9728 §2)");
  const metadataUrl = metadataUrlOf(url);
  if (!isQuotable(metadataUrl.href) || metadataUrl.href.length > LONGEST)
    problems.add(
      path,
      "must be at most 400 characters long, without backslashes: the address beside it stands in headers",
    );
  return { identifier: value, metadataUrl };
}

/** The well-known path stands between host and path; of a path that is a slash alone nothing stays (RFC 9728 §3.1). */
function metadataUrlOf(identifier: URL): URL {
  const url = new URL(identifier);
  url.pathname = WELL_KNOWN + (identifier.pathname === "/" ? "" : identifier.pathname);
  return url;
}
