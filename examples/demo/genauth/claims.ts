/**
 * What GenAuth says of a person: every standard claim, most of them null.
 * @module
 */
import type { Account } from "../provider/accounts.js";

const profile = {
  name: null,
  given_name: null,
  middle_name: null,
  family_name: null,
  nickname: null,
  preferred_username: null,
  profile: null,
  picture: "https://files.example.com/default-user-avatar.png",
  website: null,
  birthdate: null,
  gender: "U",
  zoneinfo: null,
  locale: null,
  updated_at: "2022-08-11T09:55:15.267Z",
};
const email = { email: null, email_verified: false };
const phone = { phone_number: null, phone_number_verified: false };
const address = { country: null, postal_code: null, region: null, formatted: null };

/** Which claims come with which scope. */
export const claimsOfScopes = {
  profile: Object.keys(profile),
  email: Object.keys(email),
  phone: Object.keys(phone),
  address: ["address"],
};

/** The claims of a person. */
export function claimsOf({ sub, claims }: Account): Readonly<Record<string, unknown>> & { readonly sub: string } {
  return { ...profile, ...email, ...phone, address, ...claims, sub };
}
