/** @module /logged-out: the way back from the provider's logout. */
import { redirect } from "../http/reply.js";
import { LOGOUT } from "../session/notes.js";
import { homeOf } from "../session/return-address.js";
import type { Visit } from "../session/visit.js";

/** Goes on to where the logout was meant to lead, if the state is ours; else to the front page. Nothing in the query is trusted. */
export async function answerLoggedOut({ instance, req, res }: Visit, query: URLSearchParams): Promise<void> {
  const note = instance.cookies.get(req, LOGOUT) as { readonly state: string; readonly returnTo: string } | undefined;
  const isOurs = note !== undefined && note.state === query.get("state");
  if (isOurs) instance.cookies.clear(res, LOGOUT);
  redirect(req, res, isOurs ? note.returnTo : homeOf(instance.settings));
}
