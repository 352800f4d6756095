/**
 * The people whom the demo's provider knows.
 * @module
 */

/** A person, by OpenID Connect's names for what is told about them. */
export interface Account {
  readonly sub: string;
  readonly login: string;
  readonly password: string;
  readonly claims: Readonly<Record<string, string | boolean>>;
}

/** Their passwords are public: they are printed when the demo starts. */
export const accounts: readonly Account[] = [
  createAccount({
    login: "ada",
    password: "lovelace",
    given: "Ada",
    family: "Lovelace",
  }),
  createAccount({
    login: "alan",
    password: "turing",
    given: "Alan",
    family: "Turing",
  }),
];

/** The account with this login and password. */
export function findByPassword(login: string, password: string): Account | undefined {
  return accounts.find((account) => account.login === login.trim().toLowerCase() && account.password === password);
}

/** The account with this subject. */
export function findBySubject(sub: string): Account | undefined {
  return accounts.find((account) => account.sub === sub);
}

interface Person {
  readonly login: string;
  readonly password: string;
  readonly given: string;
  readonly family: string;
}

function createAccount({ login, password, given, family }: Person): Account {
  return {
    sub: `user-${login}`,
    login,
    password,
    claims: {
      name: `${given} ${family}`,
      given_name: given,
      family_name: family,
      preferred_username: login,
      email: `${login}@example.com`,
      email_verified: true,
    },
  };
}
