/** @module The names of the short notes that a browser carries for us. */

/** The handle of a login that has just landed: lets us see that its session got lost. */
export const LANDED = "landed";
export const LANDED_LIFE = 30;

/** Nobody could be logged in silently a moment ago. */
export const SILENT = "silent";
export const SILENT_LIFE = 60;

/** The logout under way at the provider: its state, and where to go afterwards. */
export const LOGOUT = "logout";
export const LOGOUT_LIFE = 600;
