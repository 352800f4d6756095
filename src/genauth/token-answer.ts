/** @module Tokens in the form of the documents. */
import type { TokenSet } from "../provider/token-set.js";
import type { OIDCTokenResponse } from "./models.js";

/**
 * The bare token response, with `expire_in` beside `expires_in`.
 * @param now - from when on the lifetime counts, in epoch seconds.
 */
export function tokenAnswer(tokens: TokenSet, now: number): OIDCTokenResponse {
  const { accessToken, idToken, refreshToken, tokenType, expiresAt, scope } = tokens;
  const seconds = expiresAt === undefined ? undefined : expiresAt - now;
  return {
    access_token: accessToken,
    ...(idToken !== undefined && { id_token: idToken }),
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    token_type: tokenType,
    ...(seconds !== undefined && { expires_in: seconds, expire_in: seconds }),
    ...(scope !== undefined && { scope }),
  };
}
