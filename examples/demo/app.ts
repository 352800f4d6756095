/**
 * The demo app: plain Express with a login from express-oidc.
 * @module
 */
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { type AuthOptions, auth, type OidcContext, OidcError, requireAuth } from "express-oidc";
import helmet from "helmet";
import { adviceFor, failureOf } from "./app/failure.js";
import { callPage, errorPage, homePage, privatePage, publicPage, recentPage, type Visitor } from "./app/pages.js";
import { countRenewals } from "./app/renewals.js";
import { callScript, countdownScript } from "./app/scripts.js";
import { icon, style } from "./style.js";

/** The app, and how to end it. */
export interface DemoApp {
  readonly app: Express;
  /** Waits for renewals under way. */
  close(): Promise<void>;
}

const maxAge = 30;

/** Builds the app. It talks to the provider only when somebody logs in. */
export function createDemoApp(options: AuthOptions): DemoApp {
  const login = auth(options);
  const app = express();
  app.use(helmet(strictHeaders));
  serveFiles(app);
  app.use(login);

  app.get("/", async (req, res) => {
    const notice = await renewIfDue(req);
    res.send(homePage(visitorOf(req), notice));
  });
  app.get("/public", (req, res) => void res.send(publicPage(visitorOf(req))));
  app.get("/call", (req, res) => void res.send(callPage(visitorOf(req))));
  app.get("/private", requireAuth(), (req, res) => void res.send(privatePage(visitorOf(req))));
  app.get("/recent", requireAuth({ maxAge }), (req, res) => void res.send(recentPage(visitorOf(req), maxAge)));
  app.get("/api/me", requireAuth(), (req, res) => {
    const { user, expiresAt, renewals } = visitorOf(req);
    res.json({ name: user?.name, email: user?.email, accessTokenExpiresAt: expiresAt, renewals });
  });

  app.use((req, res) => void res.status(404).send(errorPage(visitorOf(req), notFound)));
  app.use(answerError);
  return { app, close: () => login.close() };
}

const strictHeaders = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      scriptSrc: ["'self'"],
      connectSrc: ["'self'"],
      imgSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
};

const notFound = {
  status: 404,
  code: "NOT_FOUND",
  message: "The app has no such page.",
  advice: "There is nothing at this address.",
};

function serveFiles(app: Express): void {
  app.get("/style.css", (_req, res) => void res.type("css").send(style));
  app.get("/icon.svg", (_req, res) => void res.type("svg").send(icon));
  app.get("/countdown.js", (_req, res) => void res.type("js").send(countdownScript));
  app.get("/call.js", (_req, res) => void res.type("js").send(callScript));
}

/** Home is open to everybody, so no guard has renewed the token. Answers what to tell the person when it could not be renewed. */
async function renewIfDue(req: Request): Promise<string | undefined> {
  if (!req.oidc.isAuthenticated()) return undefined;
  try {
    await req.oidc.getAccessToken();
    return undefined;
  } catch (error) {
    if (!(error instanceof OidcError)) throw error;
    return `The access token could not be renewed (${error.code}). ${adviceFor(error.code)}`;
  }
}

function visitorOf(req: Request): Visitor {
  // An error from before auth() finds no context.
  const oidc: OidcContext | undefined = req.oidc;
  if (!oidc?.isAuthenticated()) return { renewals: 0 };
  const { user, expiresAt } = oidc;
  return { user, expiresAt, renewals: countRenewals(req) };
}

// Express knows an error handler by its four parameters.
function answerError(error: unknown, req: Request, res: Response, next: NextFunction): void {
  if (res.headersSent) {
    next(error);
    return;
  }
  const failure = failureOf(error);
  if (failure.code === "INTERNAL") console.error(error);
  if (error instanceof OidcError && error.headers !== undefined) res.set(error.headers);
  res.status(failure.status);
  if (req.path.startsWith("/api/")) res.json({ error: failure.code, message: failure.message });
  else res.send(errorPage(visitorOf(req), failure));
}
