/**
 * What is special about GenAuth's answers, put around those of oidc-provider.
 * @module
 */
import { randomUUID } from "node:crypto";
import type { ProviderContext } from "oidc-provider";

type Body = Readonly<Record<string, unknown>>;
type Wrapper = (ctx: ProviderContext, next: () => Promise<void>) => Promise<void>;

/** Makes the middleware. */
export function createWrapper(envelope: boolean): Wrapper {
  return async (ctx, next) => {
    await next();
    // a request that no route answers has no context of the provider
    const route = (ctx.oidc as ProviderContext["oidc"] | undefined)?.route;
    if (route === "token" && envelope) wrap(ctx);
    if (route === "introspection" && isActive(ctx.body))
      ctx.body = { ...ctx.body, iss: new URL(ctx.oidc.provider.issuer).origin };
    if (ctx.req.originalUrl?.startsWith("/oauth/") === true) removeIssuer(ctx);
  };
}

/** An error too is an answer with status 200, whose envelope says what went wrong. */
function wrap(ctx: ProviderContext): void {
  const { expires_in: lifetime, scope: _notThere, ...data } = ctx.body as Body;
  const isError = data["error"] !== undefined;
  const statusCode = isError ? ctx.status : 200;
  ctx.status = 200;
  ctx.body = {
    statusCode,
    message: isError ? data["error_description"] : "Operation successful",
    requestId: randomUUID(),
    data: { ...data, ...(lifetime !== undefined && { expire_in: lifetime }) },
  };
}

function isActive(body: unknown): body is Body {
  return typeof body === "object" && body !== null && "active" in body && body.active === true;
}

/** oidc-provider names its issuer in every answer; the protocol oauth knows none. */
function removeIssuer({ res }: ProviderContext): void {
  const location = res.getHeader("location");
  if (typeof location !== "string" || !URL.canParse(location)) return;
  const url = new URL(location);
  if (!url.searchParams.has("iss")) return;
  url.searchParams.delete("iss");
  res.setHeader("location", url.href);
}
