/** @module Reads lifetimes, hooks, the logout and how the provider is called. */
import type { AuthOptions, LogoutPageOptions } from "../options.js";
import { group, isBoolean, isFunction, isState, isText, isWebUrl, numberIn, typed } from "./checks.js";
import type { Problems } from "./problems.js";
import { readHttp } from "./read-provider.js";
import type { Settings } from "./settings.js";

const DAY = 86_400;

const LOGOUT_PAGE: Required<LogoutPageOptions> = {
  lang: "en",
  title: "Log out?",
  confirm: "Log out",
  cancel: "Stay signed in",
  leaving: "Signing you out",
  proceed: "Continue",
};

/** How long things live. */
export function readLifetimes(
  problems: Problems,
  options: AuthOptions,
): Pick<Settings, "absoluteTimeout" | "idleTimeout" | "clockTolerance" | "leeway"> {
  const absoluteTimeout = numberIn(problems, {
    path: "absoluteTimeout",
    value: options.absoluteTimeout,
    default: 7 * DAY,
    from: 60,
    to: 3650 * DAY,
  });
  const idleTimeout = numberIn(problems, {
    path: "idleTimeout",
    value: options.idleTimeout,
    default: Math.min(DAY, absoluteTimeout),
    from: 60,
    to: 3650 * DAY,
  });
  if (idleTimeout > absoluteTimeout) {
    problems.add("idleTimeout", `must not be longer than absoluteTimeout (${absoluteTimeout}), which ends every login`);
  }
  const renew = group(problems, { path: "renew", value: options.renew, known: ["leeway"] });
  return {
    absoluteTimeout,
    idleTimeout,
    clockTolerance: numberIn(problems, {
      path: "clockTolerance",
      value: options.clockTolerance,
      default: 30,
      from: 0,
      to: 300,
    }),
    leeway: numberIn(problems, { path: "renew.leeway", value: renew.leeway, default: 60, from: 0, to: DAY }),
  };
}

/** The logout, the provider's calls, the hooks. */
export function readRest(
  problems: Problems,
  options: AuthOptions,
): Pick<
  Settings,
  | "idpLogout"
  | "insecurePasswordGrant"
  | "revokeOnLogout"
  | "logoutPage"
  | "httpTimeout"
  | "fetch"
  | "apiFetch"
  | "onLogin"
  | "onLogout"
  | "onError"
> {
  const known = Object.keys(LOGOUT_PAGE) as (keyof LogoutPageOptions)[];
  const page: LogoutPageOptions = group(problems, { path: "logoutPage", value: options.logoutPage, known });
  const hook = <Hook>(path: string, value: Hook | undefined): Hook | undefined =>
    typed<Hook | undefined>(problems, {
      path,
      value,
      default: undefined,
      is: isFunction,
      remedy: "must be a function",
    });
  flag(problems, "insecureHttp", options.insecureHttp);
  typed(problems, {
    path: "state",
    value: options.state,
    default: undefined,
    is: isState,
    remedy: "must have get, set, add and remove (see SharedState)",
  });
  return {
    idpLogout: readIdpLogout(problems, options.idpLogout),
    insecurePasswordGrant: flag(problems, "insecurePasswordGrant", options.insecurePasswordGrant),
    revokeOnLogout: flag(problems, "revokeOnLogout", options.revokeOnLogout),
    logoutPage: {
      ...LOGOUT_PAGE,
      ...Object.fromEntries(
        Object.entries(page).filter(([name, value]) =>
          isText(
            typed(problems, {
              path: `logoutPage.${name}`,
              value,
              default: undefined,
              is: isText,
              remedy: "must be a text",
            }),
          ),
        ),
      ),
    },
    ...readHttp(problems, options.http),
    onLogin: hook("onLogin", options.onLogin),
    onLogout: hook("onLogout", options.onLogout),
    onError: hook("onError", options.onError),
  };
}

/** How people are logged out at the provider. */
export function readIdpLogout(problems: Problems, value: AuthOptions["idpLogout"]): Settings["idpLogout"] {
  return typed(problems, {
    path: "idpLogout",
    value,
    default: true,
    is: (one) => isBoolean(one) || isFunction(one) || (typeof one === "string" && isWebUrl(one)),
    remedy: "must be true, false, a web address, or a function that returns one",
  });
}

/** A switch that is off unless it is set. */
export function flag(problems: Problems, path: string, value: boolean | undefined): boolean {
  return typed(problems, { path, value, default: false, is: isBoolean, remedy: "must be true or false" });
}
