/** @module One instance: the parts that routes, guards and the request's context share. */
import type { Client } from "../client/client.js";
import { createClientOf } from "../client/client-of.js";
import { createProvider, type Provider } from "../provider/provider.js";
import type { Settings } from "../settings/settings.js";
import { SingleFlight } from "../state/single-flight.js";
import { type Attempts, createAttempts } from "./attempts.js";
import type { Carrier } from "./carrier.js";
import { createCookieCarrier } from "./cookie-carrier.js";
import { createOnce, type Once } from "./once.js";
import { createAnswers, type PostedAnswers } from "./posted-answers.js";
import { createRecords, type Records } from "./records.js";
import { createRenewal, type Renewal } from "./renew.js";
import { createSealedCookies, type SealedCookies } from "./sealed-cookies.js";
import { createSessionCarrier } from "./session-carrier.js";
import { createSharedNotes } from "./shared-notes.js";

/** The parts of one instance. */
export interface Instance {
  readonly settings: Settings;
  readonly provider: Provider;
  readonly client: Client;
  readonly carrier: Carrier;
  readonly records: Records;
  readonly renewal: Renewal;
  readonly attempts: Attempts;
  readonly cookies: SealedCookies;
  readonly once: Once;
  /** Login answers between the post that brought them and the visit that uses them. */
  readonly answers: PostedAnswers;
  /** Revocations under way, by the handle of their login. */
  readonly revocations: SingleFlight<void>;
}

/** Puts the parts of one instance together. */
export function createInstance(settings: Settings): Instance {
  const provider = createProvider(settings);
  const notes = createSharedNotes(settings);
  const records = createRecords(settings, notes);
  const cookies = createSealedCookies(settings);
  return {
    settings,
    provider,
    client: createClientOf(settings, provider),
    carrier: settings.session.reqSession ? createSessionCarrier(settings) : createCookieCarrier(settings),
    records,
    renewal: createRenewal(settings, provider, records),
    attempts: createAttempts(settings, cookies),
    cookies,
    once: createOnce(settings, notes),
    answers: createAnswers(settings),
    revocations: new SingleFlight(),
  };
}
