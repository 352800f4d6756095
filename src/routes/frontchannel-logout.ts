/** @module /frontchannel-logout: the provider's logout page opens it in a hidden frame (OpenID Connect Front-Channel Logout). */
import type { IncomingMessage } from "node:http";
import { contextOf } from "../context/find.js";
import { RequestError } from "../errors.js";
import { sendFrame } from "../http/reply.js";
import { mayBeFrame } from "../http/who-asks.js";
import { afterLogout } from "../session/after-logout.js";
import { LANDED } from "../session/notes.js";
import type { Login } from "../session/record.js";
import type { Visit } from "../session/visit.js";
import { trace } from "../trace.js";

/**
 * Ends the login of this browser, where the provider means it: by `iss` and `sid`. Without these only a login is ended that has no `sid`
 * either, and only by a frame: any page can link to this address, and a link brings the cookie along.
 */
export async function answerFrontchannelLogout(visit: Visit, query: URLSearchParams): Promise<void> {
  const { instance, req, res } = visit;
  const iss = query.get("iss");
  const sid = query.get("sid");
  if ((iss === null) !== (sid === null)) {
    throw new RequestError("OIDC_REQUEST_INVALID", "A logout in a frame names iss and sid, or neither of them.");
  }
  const login = contextOf(req)?.current();
  if (login !== undefined && isMeant(req, login, { iss, sid })) await end(visit, login);
  else trace("logout: asked for over the front channel, which means nobody who is signed in here");
  sendFrame(req, res, await instance.provider.origins());
}

function isMeant(
  req: IncomingMessage,
  { tokens: { claims } }: Login,
  { iss, sid }: { iss: string | null; sid: string | null },
): boolean {
  if (sid === null) return claims.sid === undefined && mayBeFrame(req);
  return claims.iss === iss && claims.sid === sid;
}

async function end({ instance, req, res }: Visit, login: Login): Promise<void> {
  const ticket = instance.carrier.read(req);
  if (ticket === undefined) return;
  const backing = instance.carrier.backing(req);
  instance.cookies.clear(res, LANDED);
  await Promise.all([instance.carrier.end(req, res), instance.records.end(backing, ticket)]);
  trace("logout: the provider has ended it in a frame");
  await afterLogout(instance, login, { by: "frontchannel", req });
}
