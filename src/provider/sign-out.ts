/** @module The way to the provider's own logout (RP-Initiated Logout). */
import { buildEndSessionUrl } from "openid-client";
import { isWebUrl } from "../settings/checks.js";
import type { ClientSettings } from "../settings/settings.js";
import { trace } from "../trace.js";
import type { Discovery } from "./discovery.js";

/** What the provider is told at logout. */
export interface SignOut {
  /** Says whose login it was; sent even when it has expired (RP-Initiated Logout §2). */
  readonly idToken: string | undefined;
  readonly state: string | undefined;
  /** Where it sends the person back. Default: where the options say. */
  readonly returnTo?: string | undefined;
}

/**
 * The URL that logs the person out at the provider.
 * @returns undefined when the provider has no such place.
 */
export async function signOutUrl(
  settings: ClientSettings,
  discovery: Discovery,
  signOut: SignOut,
): Promise<string | undefined> {
  const { idpLogout, clientId } = settings;
  const { returnTo = settings.postLogoutRedirectUri } = signOut;
  if (typeof idpLogout === "string") return idpLogout;
  if (typeof idpLogout === "function") {
    const url = idpLogout({ idToken: signOut.idToken, clientId, returnTo });
    if (!isWebUrl(url)) trace("logout: idpLogout returned no URL, so the person is logged out here only");
    return isWebUrl(url) ? url : undefined;
  }
  const { config, metadata } = await discovery.find();
  if (metadata.end_session_endpoint === undefined) return undefined;
  const params = new URLSearchParams();
  if (returnTo !== undefined) {
    params.set("post_logout_redirect_uri", returnTo);
    if (signOut.state !== undefined) params.set("state", signOut.state);
  }
  if (signOut.idToken !== undefined) params.set("id_token_hint", signOut.idToken);
  return buildEndSessionUrl(config, params).href;
}
