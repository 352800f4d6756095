/** @module What carries a login's handle from request to request: the session of the app, or a cookie of our own. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Backing } from "./store.js";

/** What a session says of a login. The person stays known when the login is over, so that nobody inherits another's session. */
export interface Ticket {
  readonly handle: string;
  readonly person: string;
}

/** Carries the handle of a login. */
export interface Carrier {
  /** Makes sure that the request's session can be read: the app's, else one of ours. */
  attach(req: IncomingMessage, res: ServerResponse, done: (error?: unknown) => void): void;
  /** What the session says of a login. */
  read(req: IncomingMessage): Ticket | undefined;
  /** Where the request's session lives. */
  backing(req: IncomingMessage): Backing;
  /**
   * Where sessions live, for work that no request asks for; undefined while that is not known.
   * @throws {SessionError} (its promise) `OIDC_SESSION_NOT_MOUNTED` when express-session is needed for that and can't be loaded.
   */
  home(): Promise<Backing | undefined>;
  /** Whether a session store has said itself that its connection is gone. Requests without a session are refused then. */
  isAway(): boolean;
  /** Puts a login into the visitor's session, under a new id, and waits until the store has it. */
  begin(req: IncomingMessage, res: ServerResponse, ticket: Ticket): Promise<void>;
  /** Hears that the request's login is alive: a cookie of ours that lives for a while of use lives on. */
  prolong(res: ServerResponse, ticket: Ticket): void;
  /** Ends the session and takes its cookie away. */
  end(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Whether the browser sent a session cookie that is known here. */
  isKnown(req: IncomingMessage): boolean;
  /** Takes the cookie of our own session away, without asking the store. */
  forget(res: ServerResponse): void;
  /** Whether the session cookie is SameSite=Strict. */
  isStrict(req: IncomingMessage): boolean;
  /**
   * Refuses to begin a login that could not last, and would be begun again and again.
   * @throws {SessionError} `OIDC_SESSION_COOKIE_LOST` when the session cookie can't be set on this connection.
   * @throws {StateError} `OIDC_STATE_UNAVAILABLE` when the session store has said itself that its connection is gone.
   */
  requireReady(req: IncomingMessage): void;
}

/** How a ticket is written down. */
export function textOf({ handle, person }: Ticket): string {
  return `${handle}.${person}`;
}

/** Reads what was written down; undefined for anything else. */
export function ticketIn(text: unknown): Ticket | undefined {
  const [handle, person] = typeof text === "string" ? text.split(".", 2) : [];
  return handle === undefined || person === undefined ? undefined : { handle, person };
}
