/** @module express-session, loaded by the instances that need it: it would be a sixth of the package's import, and many programs mount no session. */
import type session from "express-session";
import { SessionError } from "../errors.js";
import type { Carrier } from "./carrier.js";
import type { LazyTouchStore } from "./lazy-store.js";

/** express-session, and what of ours stands on it. */
export interface Parts {
  readonly session: typeof session;
  readonly LazyTouchStore: typeof LazyTouchStore;
}

/** How it is loaded. */
export interface Loading {
  readonly isNeeded: boolean;
  /** Left out: from the package. */
  readonly load?: () => Promise<Parts>;
}

/** express-session, as one instance loads it. */
export interface ExpressSession {
  /** Resolves when it is loaded, could not be, or need not be. Never rejects. */
  readonly settled: Promise<void>;
  /** Why it could not be loaded. */
  failure(): SessionError | undefined;
  /** What was loaded. @throws {SessionError} `OIDC_SESSION_NOT_MOUNTED` when there is nothing. */
  parts(): Parts;
  /** The same, for requests that come early: they wait until it is settled. */
  awaitedBy(attach: Carrier["attach"]): Carrier["attach"];
}

/** Begins to load express-session, by `import()`, so that bundlers find it too. Nothing happens where the instance does not need it. */
export function loadExpressSession({ isNeeded, load = loadParts }: Loading): ExpressSession {
  let parts: Parts | undefined;
  let failure: SessionError | undefined;
  let isSettled = !isNeeded;
  async function begin(): Promise<void> {
    try {
      parts = await load();
    } catch (cause) {
      failure = notLoaded(cause);
    }
    isSettled = true;
  }
  const settled = isNeeded ? begin() : Promise.resolve();
  return {
    settled,
    failure: () => failure,
    parts() {
      if (parts === undefined) throw failure ?? notLoaded(undefined);
      return parts;
    },
    awaitedBy: (attach) => (req, res, done) => {
      if (isSettled) attach(req, res, done);
      else settled.then(() => attach(req, res, done)).catch(done);
    },
  };
}

async function loadParts(): Promise<Parts> {
  const [{ default: session }, { LazyTouchStore }] = await Promise.all([
    import("express-session"),
    import("./lazy-store.js"),
  ]);
  return { session, LazyTouchStore };
}

function notLoaded(cause: unknown): SessionError {
  return new SessionError(
    "OIDC_SESSION_NOT_MOUNTED",
    "express-session can't be loaded, and sessions are kept with it (cause says why). It comes with express-oidc: install the packages again, and " +
      "leave none of them out when the app is bundled or copied.",
    { cause },
  );
}
