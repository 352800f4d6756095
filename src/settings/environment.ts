/** @module The options that the environment may carry. What is written in code wins. */
import type { AuthOptions } from "../options.js";

type VariableOption = "issuer" | "clientId" | "clientSecret" | "baseUrl" | "secret" | "scope";

/** The variable of each such option. */
export const VARIABLES: Readonly<Record<VariableOption, string>> = {
  issuer: "OIDC_ISSUER",
  clientId: "OIDC_CLIENT_ID",
  clientSecret: "OIDC_CLIENT_SECRET",
  baseUrl: "OIDC_BASE_URL",
  secret: "OIDC_SECRET",
  scope: "OIDC_SCOPE",
};

/** The options, with what the environment adds for those of them that are named. An empty variable counts as none. */
export function fromEnvironment<Options extends AuthOptions>(
  given: Options,
  env: Readonly<Record<string, string | undefined>>,
  names = Object.keys(VARIABLES) as readonly VariableOption[],
): Options {
  const found: Partial<Record<VariableOption, string | string[]>> = {};
  for (const name of names) {
    const value = env[VARIABLES[name]]?.trim();
    if (value === undefined || value === "" || given[name] !== undefined) continue;
    found[name] = name === "secret" ? value.split(",").map((secret) => secret.trim()) : value;
  }
  return { ...given, ...found };
}
