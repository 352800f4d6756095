/** @module The table of our routes: which path is answered by what. */
import type { Visit } from "../session/visit.js";
import { isPosted } from "../settings/read-response.js";
import type { Settings } from "../settings/settings.js";
import { answerBackchannelLogout } from "./backchannel-logout.js";
import { answerCallback } from "./callback.js";
import { answerFrontchannelLogout } from "./frontchannel-logout.js";
import { answerLoggedOut } from "./logged-out.js";
import { answerLogin } from "./login.js";
import { answerLogout, forgetSession } from "./logout.js";
import { takePosted } from "./posted-callback.js";

/** One of our endpoints. */
export interface Endpoint {
  /** The methods that it answers. HEAD gets 405: it must neither redeem a code nor begin or end a login. */
  readonly methods: readonly string[];
  /** Answers; what it throws goes to `next(err)`. */
  readonly answer: (visit: Visit, query: URLSearchParams) => Promise<void>;
  /** Does what can be done while the session store is away. */
  readonly withoutStore?: (visit: Visit) => void;
  /** Answers a POST of another site's page, with which no session comes: none is looked for, and none begun. */
  readonly takePosted?: (visit: Visit) => Promise<void>;
}

/** The endpoints of one instance, by their path below the mount. */
export function createRoutes({ routes, basePath, responseMode }: Settings): ReadonlyMap<string, Endpoint> {
  const endpoints: [string | undefined, Endpoint][] = [
    [routes.login, { methods: ["GET", "POST"], answer: answerLogin }],
    [routes.callback, { methods: ["GET"], answer: answerCallback, ...(isPosted(responseMode) && { takePosted }) }],
    [routes.logout, { methods: ["GET", "POST"], answer: answerLogout, withoutStore: forgetSession }],
    // the front page is the app's own, and where people would be sent on to anyway
    [
      routes.postLogoutRedirect === "/" ? undefined : routes.postLogoutRedirect,
      { methods: ["GET"], answer: answerLoggedOut },
    ],
    [routes.backchannelLogout, { methods: ["POST"], answer: answerBackchannelLogout }],
    [routes.frontchannelLogout, { methods: ["GET"], answer: answerFrontchannelLogout }],
  ];
  const table = new Map<string, Endpoint>();
  for (const [path, endpoint] of endpoints) {
    if (path === undefined) continue;
    table.set(path, endpoint);
    // a proxy may keep the path of baseUrl although the app is mounted without one
    if (basePath !== "") table.set(basePath + path, endpoint);
  }
  return table;
}
