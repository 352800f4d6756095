/**
 * Chromium without a window, for what only a real browser shows. One for a test file; each visitor has a profile of their own.
 * @module
 */
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** A person with a browser profile of their own. */
export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser complains about on any of their pages: errors of scripts, refused content, failed answers. */
  readonly complaints: string[];
  /** Another tab, watched like the first. */
  newTab(): Promise<Page>;
}

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--no-first-run",
  // Of this option the last one counts, so playwright's own list stands here too, as far as it concerns these tests. The last two are pages
  // behind the address bar, which nobody sees here: they took a quarter of the browser's time.
  `--disable-features=${[
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
  ].join()}`,
];

/** Starts the browser that `CHROMIUM_PATH` names. */
export function startChromium(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM_PATH"] ?? "";
  // people's browsers keep pages for the back button, so this one does too
  return chromium.launch({ executablePath, args, ignoreDefaultArgs: ["--disable-back-forward-cache"] });
}

/** A new visitor. Close their context after use. */
export async function newVisitor(
  browser: Browser,
  options: { colorScheme?: "dark"; ignoreHTTPSErrors?: boolean } = {},
): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1000, height: 760 }, ...options });
  context.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  const newTab = async () => {
    const page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    return page;
  };
  return { context, complaints, newTab, page: await newTab() };
}

const folder = process.env["EXPRESS_OIDC_ARTIFACTS"] ?? join(tmpdir(), "express-oidc-screenshots");
let isTold = false;

/** Keeps a picture of a page, outside of the repository. */
export async function takePicture(page: Page, name: string): Promise<void> {
  if (!isTold) {
    mkdirSync(folder, { recursive: true });
    process.stdout.write(`Screenshots: ${folder}\n`);
    isTold = true;
  }
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
