/** @module Reads how authorization requests reach the provider: by the browser alone, pushed, signed. */
import type { AuthOptions, JarOptions } from "../options.js";
import { group, isBoolean, typed } from "./checks.js";
import type { Problems } from "./problems.js";
import { chosenAlgs } from "./read-client-key.js";
import type { Settings, SigningKey } from "./settings.js";

/** How authorization requests are sent. */
export function readRequests(
  problems: Problems,
  options: AuthOptions,
  key: SigningKey | undefined,
): Pick<Settings, "par" | "jar" | "jarKey"> {
  return {
    par: typed<boolean | undefined>(problems, {
      path: "par",
      value: options.par,
      default: undefined,
      is: isBoolean,
      remedy: "must be true or false; left out, the provider's metadata decides",
    }),
    jar: options.jar === undefined ? undefined : options.jar !== false,
    jarKey: readJarKey(problems, options, key),
  };
}

/** The key of this app, with the algorithms that requests may be signed with. */
function readJarKey(
  problems: Problems,
  { jar = false, clientKey }: AuthOptions,
  key: SigningKey | undefined,
): SigningKey | undefined {
  const { alg }: JarOptions =
    typeof jar === "boolean" ? {} : group<JarOptions>(problems, { path: "jar", value: jar, known: ["alg"] });
  if (jar !== false && clientKey === undefined) {
    problems.add("jar", "needs `clientKey`, the private key that requests are signed with");
  }
  if (key === undefined || alg === undefined) return key;
  return { ...key, algs: chosenAlgs(problems, { path: "jar.alg", alg, able: key.able }) };
}
