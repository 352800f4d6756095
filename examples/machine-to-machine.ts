/**
 * A program that calls an API for itself, with nobody logged in. Start it with a client of your provider's, and an API such as that of `api.ts`:
 * `OIDC_ISSUER=... OIDC_CLIENT_ID=... OIDC_CLIENT_SECRET=... API=http://localhost:3001/api/orders node build/examples/machine-to-machine.js`
 * @module
 */
import process from "node:process";
import { createClient } from "express-oidc";

const { API: api = "http://localhost:3001/api/orders" } = process.env;

const client = createClient();

// the token is kept until shortly before it expires: call this as often as you like
async function call(url: string, { force }: { readonly force: boolean }): Promise<Response> {
  const { accessToken } = await client.clientCredentials({ scope: "orders:read", force });
  const response = await fetch(url, { headers: { authorization: `Bearer ${accessToken}` } });
  // a token can be over before its time: once, a new one is worth a try
  return response.status === 401 && !force ? call(url, { force: true }) : response;
}

const response = await call(api, { force: false });
console.log(`${response.status} ${await response.text()}`);
