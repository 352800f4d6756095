/**
 * Loads oidc-provider without the lines that it prints on this Node release and about its memory store, which a demo wants.
 * @module
 */
import type * as OidcProvider from "oidc-provider";
import type { Configuration, Provider } from "oidc-provider";

/** What oidc-provider exports. */
export type Library = typeof OidcProvider;

const knownLines = [
  "oidc-provider WARNING: Unsupported runtime.",
  "oidc-provider WARNING: a quick start development-only in-memory adapter",
];

let library: Promise<Library> | undefined;

/** Builds a provider; `configure` gets the library, whose parts a configuration may need. */
export async function createProvider(
  issuer: string,
  configure: (library: Library) => Configuration,
): Promise<Provider> {
  library ??= importQuietly();
  const loaded = await library;
  const configuration = configure(loaded);
  const restore = muteKnownLines();
  try {
    return new loaded.Provider(issuer, configuration);
  } finally {
    restore();
  }
}

async function importQuietly(): Promise<Library> {
  const restore = muteKnownLines();
  try {
    return await import("oidc-provider");
  } finally {
    restore();
  }
}

function muteKnownLines(): () => void {
  const { warn } = console;
  console.warn = (...parts: unknown[]) => {
    if (!knownLines.some((line) => String(parts[0]).includes(line))) warn.apply(console, parts);
  };
  return () => {
    console.warn = warn;
  };
}
