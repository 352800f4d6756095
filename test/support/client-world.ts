/**
 * A client without a web app, and a scripted provider that ends with the test.
 * @module
 */
import { type Client, type ClientOptions, createClient, OidcError } from "express-oidc";
import { type ScriptedProvider, startScriptedProvider } from "./scripted-provider.js";

/** Where the provider sends people back in these tests. Nobody listens there. */
export const redirectUri = "https://program.example/done";

/** Starts the provider and creates a client of it. */
export async function startClient(
  options: ClientOptions = {},
): Promise<{ readonly provider: ScriptedProvider; readonly client: Client }> {
  const provider = await startScriptedProvider();
  return { provider, client: createClient({ ...provider.registration, redirectUri, ...options }) };
}

/** Goes where a login begins, as a browser would, and answers where that leads back to. */
export async function visit(url: string): Promise<URL> {
  const response = await fetch(url, { redirect: "manual" });
  return new URL(response.headers.get("location") ?? "");
}

/** The error that a promise ends with. Any other error than ours goes through. */
export async function failureOf(work: Promise<unknown>): Promise<OidcError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof OidcError) return error;
    throw error;
  }
  throw new Error("It did not fail.");
}
