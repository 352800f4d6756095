/** @module What a renewal is for: the login's own tokens, or another access token of it. */
import { SessionError } from "../errors.js";
import type { Claims } from "../options.js";
import { isDue, isExpired } from "../provider/expiry.js";
import type { Provider } from "../provider/provider.js";
import type { Renewable } from "../provider/refresh.js";
import type { AccessTokens } from "../provider/tokens.js";
import type { TokenTarget } from "../settings/read-target.js";
import type { Settings } from "../settings/settings.js";
import { trace } from "../trace.js";
import { createLogin, type Login, type OtherToken } from "./record.js";

/** How many other access tokens a login keeps; the one that was issued longest ago goes first. */
const MOST_OTHERS = 10;

/** A login whose tokens can be renewed. */
export type RenewableLogin = Login & { readonly tokens: Renewable };

/** What the provider has granted: puts it into a login. */
export type Granted = (login: Login) => Login;

/** What a request wants of a login. */
export interface Need {
  /** Tells it apart from other needs of the same login, for work under way: those who need the same share it. */
  readonly flight: string;
  /** The same, for failures. */
  readonly key: string;
  /** Whether the login, read again, has it: somebody else was faster. */
  isMet(login: Login): boolean;
  /** Asks the provider for it. */
  ask(login: RenewableLogin): Promise<Granted>;
}

/** Which other access token is wanted. */
export interface OtherWanted {
  readonly target: TokenTarget;
  /** Whether the one that is there will not do, though it has not expired. */
  readonly isForced: boolean;
}

/** New tokens for the login itself. */
export function ownTokens(provider: Provider, seen: Login): Need {
  return {
    flight: "",
    key: "",
    isMet: (login) => login.tokens.accessToken !== seen.tokens.accessToken,
    async ask({ tokens: before, userinfo: known }) {
      const tokens = await provider.refresh(before);
      const userinfo = await currentUserinfo(provider, known, tokens);
      return (login) => createLogin({ ...login, tokens, userinfo });
    },
  };
}

/** Another access token of the login. Its refresh token may be replaced on the way; all else stays. */
export function otherToken(
  { provider, settings }: { readonly provider: Provider; readonly settings: Settings },
  seen: Login,
  { target, isForced }: OtherWanted,
): Need {
  const { key } = target;
  const before = otherTokenIn(seen, key)?.accessToken;
  return {
    flight: `${isForced ? "again" : "once"} ${key}`,
    key,
    isMet(login) {
      const token = otherTokenIn(login, key);
      if (token === undefined) return false;
      return isForced ? token.accessToken !== before : !isDue(token, settings);
    },
    async ask(asked) {
      const { refreshToken, ...grant } = await provider.refreshFor({ before: asked.tokens, target });
      return (login) => {
        const rest = (login.others ?? []).filter((other) => other.key !== key && !isExpired(other, settings));
        const others = [...rest, { key, ...grant }].slice(-MOST_OTHERS);
        return createLogin({ ...login, tokens: { ...login.tokens, refreshToken }, others });
      };
    },
  };
}

/** The access token that a login has for a target. */
export function otherTokenIn({ others = [] }: Login, key: string): OtherToken | undefined {
  return others.find((other) => other.key === key);
}

/** Userinfo is as old as the tokens: what was taken away at the provider must not live on here. */
async function currentUserinfo(
  provider: Provider,
  userinfo: Login["userinfo"],
  { accessToken, dpopKey, claims, idToken }: AccessTokens,
): Promise<Login["userinfo"]> {
  if (userinfo === undefined) return undefined;
  try {
    if (idToken !== undefined) return await provider.userinfo({ accessToken, dpopKey, sub: claims.sub });
    return requireSamePerson(claims, await provider.userinfo({ accessToken, dpopKey, sub: undefined }));
  } catch (error) {
    if (error instanceof SessionError && error.code === "OIDC_SESSION_REFRESH_REJECTED") throw error;
    trace("renewal: userinfo can't be had, so the ID token's claims go first");
    return Object.fromEntries(Object.entries(userinfo).filter(([name]) => !Object.hasOwn(claims, name)));
  }
}

/** Without ID tokens userinfo alone tells whose the new tokens are. */
function requireSamePerson(before: Claims, after: Claims): Claims {
  if (after.sub === before.sub) return after;
  throw new SessionError(
    "OIDC_SESSION_REFRESH_REJECTED",
    "The provider answered a renewal for another person, by its userinfo. The login is over; log in again.",
  );
}
