/**
 * What a shop keeps in its session before anybody logs in.
 * @module
 */
import type { Answer, Browser } from "../../examples/demo/browser.js";
import { sendJson, type TestApp } from "./app.js";

/** Adds `/cart`, which tells what is in the cart, and `/cart?add=book`, which puts something in. */
export function addCart(app: TestApp): void {
  app.get("/cart", (req, res) => {
    const { searchParams } = new URL(req.url ?? "/", "http://localhost");
    const { session } = req;
    const cart = [...((session?.["cart"] as string[] | undefined) ?? []), ...searchParams.getAll("add")];
    if (session !== undefined && searchParams.has("add")) {
      session["cart"] = cart;
      session["theme"] = "dark";
    }
    sendJson(res, { cart, theme: session?.["theme"] ?? null });
  });
}

/** What a browser finds in its cart. */
export async function cartOf(browser: Browser, baseUrl: string): Promise<unknown> {
  const answer: Answer = await browser.get(`${baseUrl}/cart`);
  return answer.json();
}
