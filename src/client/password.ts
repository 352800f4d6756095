/** @module The password grant, which is forbidden to new apps and opt-in here. */
import { LoginError, OptionsError, ProviderError } from "../errors.js";
import type { Provider } from "../provider/provider.js";
import { readTarget } from "../settings/read-target.js";
import { requireObject } from "../settings/require-object.js";
import type { ClientSettings } from "../settings/settings.js";
import type { Client } from "./client.js";
import { type Pair, requireTexts, withMore } from "./pairs.js";

/** The part of a client that takes passwords. */
export function passwordOf(settings: ClientSettings, provider: Provider): Client["password"] {
  return async (request) => {
    requireOptIn(settings);
    requireObject("password()", request);
    const { username, password, params, ...target } = request;
    requireTexts("password()", { username, password });
    const own: readonly Pair[] = [
      ["username", username],
      ["password", password],
      ...(readTarget("password()", target)?.params ?? []),
    ];
    try {
      return await provider.grant({
        grantType: "password",
        params: withMore("password() params", own, params),
        step: "the password request",
      });
    } catch (cause) {
      if (!(cause instanceof ProviderError) || cause.error !== "invalid_grant") throw cause;
      throw new LoginError(
        "OIDC_LOGIN_DENIED",
        "The provider does not accept this name with this password, or not by this grant. Ask again, or send the person to log in there.",
        { cause, error: cause.error },
      );
    }
  };
}

/** @throws {OptionsError} unless the app has said that it wants this all the same. */
export function requireOptIn({ insecurePasswordGrant }: ClientSettings): void {
  if (insecurePasswordGrant) return;
  throw new OptionsError([
    "insecurePasswordGrant: must be true for the password grant, which hands people's passwords through this app, goes round second factors, and is forbidden to new apps (RFC 9700, 2.4); send people to log in at the provider instead",
  ]);
}

/** Tells whoever runs the app, once. */
export function warnOfPasswords({ insecurePasswordGrant }: ClientSettings): void {
  if (!insecurePasswordGrant) return;
  process.emitWarning(
    "insecurePasswordGrant is on: this app takes people's passwords itself, which RFC 9700 (2.4) forbids to new apps. Move it to a login at the provider.",
    { type: "ExpressOidcWarning", code: "OIDC_PASSWORD_GRANT" },
  );
}
