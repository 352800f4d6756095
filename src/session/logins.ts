/** @module The logins of one person, as the app sees them. */

/** One login of a person, as it may be shown to them. */
export interface LoginInfo {
  /** Names it for {@link Logins.end}; no secret. The same as `req.oidc.loginId` where the person uses it. */
  readonly id: string;
  /** When it began, in epoch seconds. */
  readonly startedAt: number;
  /** When its tokens were last renewed, in epoch seconds; at first the same as `startedAt`. */
  readonly renewedAt: number;
  /** When it ends, used or not, in epoch seconds. */
  readonly endsAt: number;
  /** What `onLogin` returned to be kept with it: a place for the browser's name, say. */
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

/** The logins of one person, on every process that shares the session store. */
export interface Logins {
  /** Those that are alive, the newest first. @throws {StateError} when the session store or the shared state is away. */
  list(): Promise<readonly LoginInfo[]>;
  /**
   * Ends all of them, or those for which `which` answers true. The person's browsers find themselves signed out with their next request.
   * @returns how many were ended.
   * @throws {StateError} when the session store or the shared state is away.
   */
  end(which?: (login: LoginInfo) => boolean): Promise<number>;
}
