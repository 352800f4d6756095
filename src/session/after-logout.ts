/** @module What follows when somebody has ended a login: the event, the app's hook, the revocation. None of it can undo the logout. */
import { publish } from "../events.js";
import type { LogoutEvent } from "../options.js";
import { grantOf } from "../provider/token-status.js";
import { trace } from "../trace.js";
import type { Instance } from "./instance.js";
import type { Login } from "./record.js";

/** Tells whoever wants to know, and has the tokens revoked where that is configured. */
export async function afterLogout(
  instance: Instance,
  login: Login,
  { by, req }: Pick<LogoutEvent, "by" | "req">,
): Promise<void> {
  const { settings } = instance;
  const { user } = login;
  publish("logout", { issuer: settings.issuerName, clientId: settings.clientId, sub: user.sub, by });
  if (settings.revokeOnLogout) revokeInBackground(instance, login);
  try {
    await settings.onLogout?.({ user, req, by });
  } catch (error) {
    trace("logout: onLogout threw %s; the logout stands", error instanceof Error ? error.name : typeof error);
  }
}

function revokeInBackground({ provider, revocations }: Instance, { handle, tokens }: Login): void {
  revocations
    .run(handle, () => provider.revoke(grantOf(tokens)))
    .then(
      () => trace("logout: the tokens are revoked"),
      () => trace("logout: the tokens could not be revoked; the logout stands"),
    );
}
