/**
 * What people see at the provider.
 * @module
 */
import { Html, html, htmlDocument } from "../html.js";

/** Sends the form of a sign-out page whose asker has proved who it is. Served as /submit.js. */
export const submitScript = "document.forms[0].submit();\n";

/** What the login form shows. */
export interface LoginForm {
  readonly clientName: string;
  /** Where the form goes; `/abort` behind it gives up. */
  readonly action: string;
  readonly login: string;
  /** The last attempt failed. */
  readonly isWrong: boolean;
}

/** Asks for login and password. */
export function loginPage({ clientName, action, login, isWrong }: LoginForm): string {
  return page(
    isWrong ? "That did not match – sign in" : "Sign in",
    html`<h1>Sign in</h1>
<p class="quiet">to go on to <strong>${clientName}</strong></p>
${isWrong && html`<p class="notice" role="alert" id="wrong">Login and password do not belong together. Try again.</p>`}
<form method="post" action="${action}">
<label for="login">Login</label>
<input id="login" name="login" value="${login}" autocomplete="username" autocapitalize="none" spellcheck="false" required ${login === "" && autofocus}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required ${login !== "" && autofocus} ${isWrong && wrong}>
<button>Sign in</button>
</form>
<form method="post" action="${action}/abort"><button class="plain">Cancel</button></form>`,
    html`This provider belongs to the demo and runs on this machine. It knows <code>ada</code> with the password <code>lovelace</code>
and <code>alan</code> with <code>turing</code>.`,
  );
}

const autofocus = new Html("autofocus");
const wrong = new Html('aria-invalid="true" aria-describedby="wrong"');

/** Asks whether to sign out here too. With `isAskedByOwner` the page sends itself; the button is there for browsers without scripts. */
export function logoutPage(action: string, xsrf: string, isAskedByOwner: boolean): string {
  const hidden = html`<input type="hidden" name="xsrf" value="${xsrf}">`;
  return page(
    "Sign out",
    html`<h1>${isAskedByOwner ? "Signing you out…" : "Sign out here too?"}</h1>
<p class="quiet">The application has ended your login. This ends it at the provider as well.</p>
<form method="post" action="${action}">${hidden}<input type="hidden" name="logout" value="yes"><button>Sign out</button></form>
${!isAskedByOwner && html`<form method="post" action="${action}">${hidden}<button class="plain">Stay signed in</button></form>`}`,
    undefined,
    isAskedByOwner ? "/submit.js" : undefined,
  );
}

/** Says one thing: signed out, or what went wrong. */
export function messagePage(title: string, message: string, detail?: string): string {
  return page(
    title,
    html`<h1>${title}</h1>
<p>${message}</p>
${detail !== undefined && html`<p class="quiet"><code>${detail}</code></p>`}`,
  );
}

function page(title: string, card: Html, below?: Html, script?: string): string {
  const body = html`<main class="narrow">
<div class="card"><p class="brand">Demo Provider</p>
${card}
</div>
${below !== undefined && html`<p class="below">${below}</p>`}
</main>`;
  return htmlDocument({
    title: `${title} · Demo Provider`,
    site: "provider",
    body,
    ...(script === undefined ? {} : { script }),
  });
}
