/** @module The way to the provider's own logout (RP-Initiated Logout). */
import { buildEndSessionUrl } from "openid-client";
import { isWebUrl } from "../settings/checks.js";
import type { Settings } from "../settings/settings.js";
import { trace } from "../trace.js";
import type { Discovery } from "./discovery.js";

/** What the provider is told at logout. */
export interface SignOut {
  /** Says whose login it was; sent even when it has expired (RP-Initiated Logout §2). */
  readonly idToken: string | undefined;
  readonly state: string;
}

/** Where the provider sends the person back after a logout; undefined when that route is off. */
export function postLogoutUriOf(settings: Settings): string | undefined {
  const path = settings.routes.postLogoutRedirect;
  return path === undefined ? undefined : settings.baseUrl + path;
}

/**
 * The URL that logs the person out at the provider.
 * @returns undefined when the options turn that off or the provider has no such place.
 */
export async function signOutUrl(
  settings: Settings,
  discovery: Discovery,
  signOut: SignOut,
): Promise<string | undefined> {
  const { idpLogout, clientId } = settings;
  const returnTo = postLogoutUriOf(settings);
  if (idpLogout === false) return undefined;
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
    params.set("state", signOut.state);
  }
  if (signOut.idToken !== undefined) params.set("id_token_hint", signOut.idToken);
  return buildEndSessionUrl(config, params).href;
}
