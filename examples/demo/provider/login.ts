/**
 * The provider's own pages: login form, sign-out, errors. oidc-provider sends people here and takes them back.
 * @module
 */
import { type Request, type Response, Router, urlencoded } from "express";
import type { ErrorBody, Interaction, Provider, ProviderContext } from "oidc-provider";
import { icon, style } from "../style.js";
import { findByPassword } from "./accounts.js";
import { loginPage, logoutPage, messagePage, submitScript } from "./pages.js";

/** The strengths of a login, weakest first. The form reaches whichever is asked for. */
export const acrValues = ["urn:demo:silver", "urn:demo:gold"] as const;

/** Where oidc-provider sends a person whom it does not know yet. */
export function loginUrl(_ctx: unknown, { uid }: { readonly uid: string }): string {
  return `/interaction/${uid}`;
}

/** Routes of the login form and the files that the pages need. */
export function loginRoutes(provider: Provider): Router {
  const router = Router();
  router.get("/style.css", (_req, res) => void res.type("css").send(style));
  router.get("/icon.svg", (_req, res) => void res.type("svg").send(icon));
  router.get("/submit.js", (_req, res) => void res.type("js").send(submitScript));

  router.get("/interaction/:uid", async (req, res) => {
    const interaction = await findInteraction(provider, req, res);
    if (interaction === undefined) return;
    if (interaction.prompt.name === "login") await sendLoginForm(provider, res, interaction);
    else await provider.interactionFinished(req, res, { consent: {} });
  });

  router.post("/interaction/:uid", urlencoded({ extended: false, limit: "10kb" }), async (req, res) => {
    const interaction = await findInteraction(provider, req, res);
    if (interaction === undefined) return;
    const { login = "", password = "" } = req.body as Readonly<Record<string, unknown>>;
    const account = findByPassword(String(login), String(password));
    if (account === undefined) {
      await sendLoginForm(provider, res, interaction, String(login));
      return;
    }
    const proof = {
      accountId: account.sub,
      amr: ["pwd"],
      acr: wantedAcr(interaction),
    };
    await provider.interactionFinished(req, res, { login: proof });
  });

  router.post("/interaction/:uid/abort", async (req, res) => {
    const interaction = await findInteraction(provider, req, res);
    if (interaction === undefined) return;
    await provider.interactionFinished(req, res, {
      error: "access_denied",
      error_description: "The sign-in was cancelled.",
    });
  });
  return router;
}

/** oidc-provider's error page in the look of the login form. */
export function renderError(ctx: ProviderContext, { error, error_description: description }: ErrorBody): void {
  const message = "The application asked for something that this provider can't do. Go back to it and start again.";
  const detail = description === undefined ? error : `${error}: ${description}`;
  sendFrom(ctx, messagePage("That did not work", message, detail));
}

/** The page that ends the provider's session; `form` is what oidc-provider would like to see on it. */
export function logoutSource(ctx: ProviderContext, form: string): void {
  const { IdTokenHint: hint } = ctx.oidc.entities;
  const isAskedByOwner = hint !== undefined && hint.payload["sub"] === ctx.oidc.session?.accountId;
  const [, action = ""] = / action="([^"]*)"/.exec(form) ?? [];
  const [, xsrf = ""] = / name="xsrf" value="([^"]*)"/.exec(form) ?? [];
  sendFrom(ctx, logoutPage(action, xsrf, isAskedByOwner), ctx.oidc.params["post_logout_redirect_uri"]);
}

/** What is shown after a sign-out that leads nowhere. */
export function postLogoutSuccessSource(ctx: ProviderContext): void {
  sendFrom(ctx, messagePage("Signed out", "You are signed out at this provider."));
}

async function findInteraction(provider: Provider, req: Request, res: Response): Promise<Interaction | undefined> {
  try {
    return await provider.interactionDetails(req, res);
  } catch {
    const message =
      "This sign-in has expired or was started in another browser. Go back to the application and start again.";
    res.status(400).set(pageHeaders()).send(messagePage("Start again", message));
    return undefined;
  }
}

async function sendLoginForm(
  provider: Provider,
  res: Response,
  interaction: Interaction,
  failedLogin?: string,
): Promise<void> {
  const { uid, params } = interaction;
  const isWrong = failedLogin !== undefined;
  const client = await provider.Client.find(String(params["client_id"]));
  const page = loginPage({
    clientName: client?.clientName ?? client?.clientId ?? "the application",
    action: `/interaction/${uid}`,
    login: failedLogin ?? String(params["login_hint"] ?? ""),
    isWrong,
  });
  res
    .status(isWrong ? 403 : 200)
    .set(pageHeaders(params["redirect_uri"]))
    .send(page);
}

function wantedAcr({ params }: Interaction): string {
  const wanted = String(params["acr_values"] ?? "").split(" ");
  return acrValues.find((acr) => wanted.includes(acr)) ?? acrValues[0];
}

function sendFrom(ctx: ProviderContext, page: string, formTarget?: unknown): void {
  ctx.set(pageHeaders(formTarget));
  ctx.type = "html";
  ctx.body = page;
}

// Chromium applies form-action to the redirects after a form too, so it must name the application that they lead to.
function pageHeaders(formTarget?: unknown): Record<string, string> {
  const origin = typeof formTarget === "string" && URL.canParse(formTarget) ? new URL(formTarget).origin : undefined;
  const sources = [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  const policy = [...sources, `form-action 'self' ${origin ?? ""}`.trim()].join("; ");
  return {
    "Content-Security-Policy": policy,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
  };
}
