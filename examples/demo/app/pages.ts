/**
 * What people see in the app: one function per page, from plain data to HTML.
 * @module
 */
import type { Claims } from "express-oidc";
import { type Content, type Html, html, htmlDocument } from "../html.js";

/** Who looks at a page, and what their access token is doing. */
export interface Visitor {
  readonly user?: Claims | undefined;
  /** End of the access token, epoch seconds. */
  readonly expiresAt?: number | undefined;
  /** How often it has been renewed since the login. */
  readonly renewals: number;
}

const places = [
  ["/", "Home"],
  ["/private", "Private"],
  ["/recent", "Recent login"],
  ["/call", "API call"],
  ["/public", "Public"],
] as const;

type Path = (typeof places)[number][0];

/** Home: what the demo shows, or who is signed in. */
export function homePage(visitor: Visitor, notice?: string): string {
  const body = visitor.user === undefined ? welcome() : overview(visitor, visitor.user);
  const script = visitor.user !== undefined && visitor.expiresAt !== undefined ? "/countdown.js" : undefined;
  return page(
    { title: "Home", path: "/", visitor, script },
    html`${notice && html`<p class="notice" role="status">${notice}</p>`}${body}`,
  );
}

function welcome(): Html {
  return html`<h1>A login in one line</h1>
<p class="lead">This app is plain Express. One line gives it login, renewal of tokens and logout:</p>
<pre><code>app.use(auth({ issuer, clientId, clientSecret, baseUrl, secret }));</code></pre>
<p class="actions"><a class="button" href="/login">Log in</a> <span class="quiet">as <code>ada</code> with the password <code>lovelace</code></span></p>
<section><h2>What to try</h2>
<ul>
<li>Open the <a href="/private">private page</a>: you log in and come back to it.</li>
<li>Stay a minute and reload: the access token is renewed behind the scenes.</li>
<li>Open <a href="/recent">a page that wants a recent login</a>, or <a href="/call">call the API</a> from a script.</li>
<li>Log out: the provider forgets you too.</li>
</ul></section>`;
}

function overview(visitor: Visitor, user: Claims): Html {
  return html`<h1>Hello, ${user.name ?? user.sub}</h1>
<p class="lead">You are signed in. The tokens are on the server; your browser holds nothing but a session cookie.</p>
${tokenSection(visitor)}
${claimsSection(user)}
<section><h2>Log out</h2>
<p>By a link or by a form: both end the login here and at the provider.</p>
<div class="actions"><a class="button" href="/logout">Log out by link</a>
<form method="post" action="/logout"><button class="plain">Log out by form</button></form></div></section>`;
}

function tokenSection(visitor: Visitor): Html {
  const { expiresAt, renewals } = visitor;
  return html`<section><h2>Access token</h2>
${expiresAt !== undefined && html`<p class="figure" data-expires-at="${expiresAt}">${tokenWords(visitor)}</p>`}
<p>Renewed ${times(renewals)} since the login.</p>
<p class="quiet">In the second half of its life, the next request that needs it renews it. Wait half a minute, then <a href="/">reload</a>.</p></section>`;
}

function tokenWords({ expiresAt }: Visitor): string {
  if (expiresAt === undefined) return "has no known end";
  return expiresAt * 1000 > Date.now() ? `expires at ${clockTime(expiresAt)}` : "has expired";
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function claimsSection(user: Claims): Html {
  const rows = Object.entries(user).map(
    ([name, value]) => html`<tr><th scope="row"><code>${name}</code></th><td>${claimText(name, value)}</td></tr>\n`,
  );
  return html`<section><h2>Claims</h2>
<p class="quiet">What the provider says about you: <code>req.oidc.user</code></p>
<div class="scroll" tabindex="0" role="group" aria-label="Claims"><table><tbody>
${rows}</tbody></table></div></section>`;
}

const instants: ReadonlySet<string> = new Set(["iat", "exp", "auth_time"]);

function claimText(name: string, value: unknown): string {
  if (instants.has(name) && typeof value === "number") return `${value} (${clockTime(value)})`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function clockTime(epochSeconds: number): string {
  return `${new Date(epochSeconds * 1000).toISOString().slice(11, 19)} UTC`;
}

/** A page for people who are signed in. */
export function privatePage(visitor: Visitor): string {
  return page(
    { title: "Private page", path: "/private", visitor },
    html`<h1>Private page</h1>
<p class="lead">Only people who are signed in see this. You are ${visitor.user?.name ?? visitor.user?.sub}.</p>
<pre><code>app.get("/private", requireAuth(), handler);</code></pre>
<p>Without a login the guard sends a page to the provider and back here; a script gets 401 and JSON instead.</p>
<p>Your access token ${tokenWords(visitor)}. It has been renewed ${times(visitor.renewals)}.</p>`,
  );
}

/** A page that wants the password typed recently. */
export function recentPage(visitor: Visitor, maxAge: number): string {
  const authTime = visitor.user?.auth_time;
  const age = authTime === undefined ? 0 : Math.round(Date.now() / 1000 - authTime);
  return page(
    { title: "Recent login", path: "/recent", visitor },
    html`<h1>Recent login</h1>
<p class="lead">You proved who you are ${age < 2 ? "just now" : `${age} seconds ago`}. This page allows ${maxAge} seconds, and some more for clocks that differ.</p>
<pre><code>app.get("/recent", requireAuth({ maxAge: ${maxAge} }), handler);</code></pre>
<p>Wait a little and <a href="/recent">reload</a>: the provider asks for the password again, then you are back here.</p>`,
  );
}

/** A page whose script calls the API. */
export function callPage(visitor: Visitor): string {
  return page(
    { title: "API call", path: "/call", visitor, script: "/call.js" },
    html`<h1>API call</h1>
<p class="lead">The script of this page fetches <code>/api/me</code>, which is guarded like a page.</p>
<pre><code>app.get("/api/me", requireAuth(), (req, res) => res.json(req.oidc.user));</code></pre>
<p class="actions"><button data-calls="1" hidden>Call it once</button> <button class="plain" data-calls="20" hidden>20 calls at once</button>
<a href="/api/me">Open it as a page</a></p>
<pre id="answer" role="status" tabindex="0" aria-label="Answer of the API">The answer appears here.</pre>
<p class="quiet">${
      visitor.user === undefined
        ? "You are not signed in, so a call is answered 401, with the address to log in at."
        : "If the access token has expired, twenty calls at once cause one renewal, not twenty."
    }</p>`,
  );
}

/** A page for everybody. */
export function publicPage(visitor: Visitor): string {
  return page(
    { title: "Public page", path: "/public", visitor },
    html`<h1>Public page</h1>
<p class="lead">Everybody sees this${visitor.user === undefined ? "" : `, and it knows you all the same, ${visitor.user.name ?? visitor.user.sub}`}.</p>
<pre><code>app.get("/public", handler);</code></pre>`,
  );
}

/** What went wrong, in words for the person who looks at it. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly advice: string;
}

/** Any error. */
export function errorPage(visitor: Visitor, { status, code, message, advice }: Failure): string {
  return page(
    { title: `Error ${status}`, visitor },
    html`<h1>That did not work</h1>
<p class="lead">${advice}</p>
<section><h2>For whoever runs this app</h2>
<div class="scroll"><table><tbody>
<tr><th scope="row">Status</th><td>${status}</td></tr>
<tr><th scope="row">Code</th><td><code>${code}</code></td></tr>
<tr><th scope="row">Message</th><td>${message}</td></tr>
</tbody></table></div></section>
<p class="actions"><a class="button" href="/">Home</a> <a href="/login">Log in</a></p>`,
  );
}

interface Frame {
  readonly title: string;
  readonly path?: Path;
  readonly visitor: Visitor;
  readonly script?: string | undefined;
}

function page({ title, path, visitor, script }: Frame, content: Html): string {
  const body = html`<header>
<a class="name" href="/">express-oidc demo</a>
<nav aria-label="Pages">${places.map(([href, label]) => navLink(href, label, href === path))}
${visitor.user === undefined ? html`<a class="end" href="/login?returnTo=${path ?? "/"}">Log in</a>` : html`<a class="end" href="/logout">Log out</a>`}</nav>
</header>
<main>
${content}
</main>
<footer>App and provider run on this machine only. Nothing is kept after they stop.</footer>`;
  return htmlDocument({
    title: `${title} · express-oidc demo`,
    site: "app",
    body,
    ...(script === undefined ? {} : { script }),
  });
}

function navLink(href: string, label: string, isCurrent: boolean): Content {
  return isCurrent
    ? html`<a href="${href}" aria-current="page">${label}</a>\n`
    : html`<a href="${href}">${label}</a>\n`;
}
