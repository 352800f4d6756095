/** @module What can stand in a header: told before `fetch` does, whose error would show it. */
import { ProviderError } from "../errors.js";

/** @throws {ProviderError} for a text that can't be sent as access token (RFC 6749, appendix A.12). */
export function requireSendable(accessToken: string): void {
  try {
    new Headers({ authorization: `Bearer ${accessToken}` });
  } catch {
    throw new ProviderError(
      "OIDC_PROVIDER_RESPONSE_INVALID",
      "This access token holds characters that none may have (RFC 6749, A.12), so it can't be sent. Look where it was cut, joined or decoded on its way here.",
    );
  }
}
