/**
 * The look of both sites, and their icon. Strings, so that the compiled demo needs no files beside it.
 * @module
 */

/** Served as /style.css by the app and by the provider. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --panel: #ffffff; --text: #1b1f26; --quiet: #57606c; --line: #d9dee5; --code: #eef1f5;
  --accent: #0b6b61; --on-accent: #ffffff; --error: #b3261e; --error-back: #fdeeed;
}
.provider { --accent: #4a3fb5; }
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --panel: #1c2128; --text: #e8ebf0; --quiet: #a2abb8; --line: #363e49; --code: #262c35;
    --accent: #5bcfc0; --on-accent: #08211e; --error: #ffb4ab; --error-back: #3b1d1b;
  }
  .provider { --accent: #b7aeff; --on-accent: #1a1440; }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; }
a { color: var(--accent); text-underline-offset: 0.15em; }
h1 { margin: 0 0 0.75rem; font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.01em; }
h2 { margin: 0 0 0.75rem; font-size: 1.1rem; line-height: 1.3; }
p { margin: 0 0 1rem; }
:is(section, .card) > :last-child { margin-bottom: 0; }
code, pre { font: 0.9em/1.5 ui-monospace, "Cascadia Code", "DejaVu Sans Mono", monospace; }
code { padding: 0.1em 0.35em; border-radius: 0.3em; background: var(--code); }
pre { margin: 0 0 1rem; padding: 0.9rem 1rem; border-radius: 0.5rem; background: var(--code); overflow-x: auto; }
pre code { padding: 0; background: none; font-size: inherit; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 0.3rem; }

header, main, footer { max-width: 46rem; margin: 0 auto; padding: 0 1.25rem; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 1.25rem; padding-block: 1.1rem; }
header .name { font-weight: 650; color: var(--text); text-decoration: none; }
nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1.1rem; flex: 1; }
nav a { padding-block: 0.25rem; text-decoration: none; }
nav a:hover, nav a[aria-current] { text-decoration: underline; text-decoration-thickness: 2px; }
nav .end { margin-left: auto; }
main { padding-block: 1rem 2rem; }
footer { padding-bottom: 2.5rem; color: var(--quiet); font-size: 0.875rem; }
section { margin: 1.25rem 0; padding: 1.25rem; border: 1px solid var(--line); border-radius: 0.75rem; background: var(--panel); }
.lead { font-size: 1.1rem; color: var(--quiet); }
.quiet { color: var(--quiet); }
.figure { margin: 0 0 0.25rem; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.notice { margin-bottom: 1.25rem; padding: 0.75rem 1rem; border-left: 4px solid var(--error); border-radius: 0.4rem; background: var(--error-back); color: var(--error); }
ul { margin: 0 0 1rem; padding-left: 1.2rem; }
li { margin-bottom: 0.35rem; }

.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.5rem 0.75rem 0.5rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
tr:last-child > * { border-bottom: 0; }
th { font-weight: 500; white-space: nowrap; color: var(--quiet); }
td { overflow-wrap: anywhere; }

.actions { display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem 1rem; }
form { margin: 0; }
.button, button {
  display: inline-block; padding: 0.6rem 1.15rem; border: 1px solid var(--accent); border-radius: 0.5rem;
  background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; text-decoration: none; cursor: pointer;
}
.button:hover, button:hover { filter: brightness(1.08); }
.plain { background: none; color: var(--accent); }

.card {
  max-width: 25rem; margin: max(1rem, 9vh) auto 1rem; padding: 2rem 1.75rem; border: 1px solid var(--line);
  border-top: 4px solid var(--accent); border-radius: 0.75rem; background: var(--panel);
}
.card .brand { margin-bottom: 1.25rem; font-weight: 650; color: var(--accent); }
.card form { margin-bottom: 1rem; }
.card button { width: 100%; }
label { display: block; margin-bottom: 0.3rem; font-weight: 550; }
input {
  width: 100%; margin-bottom: 1.1rem; padding: 0.6rem 0.75rem; border: 1px solid var(--quiet); border-radius: 0.5rem;
  background: var(--page); color: var(--text); font: inherit;
}
.below { max-width: 25rem; margin: 0 auto 2rem; padding: 0 1.75rem; color: var(--quiet); font-size: 0.875rem; }
@media (max-width: 30rem) {
  nav { flex-basis: 100%; }
  :is(th, td) { display: block; padding-right: 0; }
  th { padding-bottom: 0; border-bottom: 0; }
  main.narrow { padding-inline: 0.75rem; }
  .card { padding: 1.5rem 1.25rem; }
}
`;

/** Served as /icon.svg: a key. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#0b8a7c" stroke-width="3.5" stroke-linecap="round">
<circle cx="10.5" cy="16" r="6"/><path d="M16.5 16H29v5M23 16v4"/></svg>
`;
