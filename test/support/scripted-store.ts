/**
 * A session store that can be looked into, made to fail, and made to wait.
 * @module
 */
import session from "express-session";

/** What a store is asked to do. */
export type Operation = "get" | "set" | "destroy" | "touch";

type Done = (error?: unknown, entry?: session.SessionData | null) => void;

/** What a store does instead: it fails, or waits before it works. */
type Trouble = { readonly error: unknown } | { readonly until: Promise<void> };

/** express-session's own store, with trouble on demand. */
export class ScriptedStore extends session.MemoryStore {
  /** Every call that arrived, oldest first. */
  readonly calls: { readonly operation: Operation; readonly id: string }[] = [];
  readonly #troubles = new Map<Operation, { readonly trouble: Trouble; readonly ids: RegExp }>();
  /** How the store says that there is nothing. */
  absence: "undefined" | "null" | "ENOENT" = "undefined";
  /** Whether entries are gone when their time is over. Some stores keep them until they are swept. */
  forgets = true;

  /** Makes an operation fail from now on. */
  fail(operation: Operation, ids = /./): void {
    const error = Object.assign(new Error("connect ECONNREFUSED 10.0.0.7:6379"), { code: "ECONNREFUSED" });
    this.#troubles.set(operation, { trouble: { error }, ids });
  }

  /** Makes an operation wait. */
  wait(operation: Operation, until: Promise<void>, ids = /./): void {
    this.#troubles.set(operation, { trouble: { until }, ids });
  }

  /** Makes everything well again. */
  heal(): void {
    this.#troubles.clear();
  }

  override get(id: string, done: (error: unknown, entry?: session.SessionData | null) => void): void {
    this.#run({ operation: "get", id, done: (error, entry) => this.#answer(done, error, entry) }, (answer) =>
      super.get(id, answer),
    );
  }

  override set(id: string, entry: session.SessionData, done?: (error?: unknown) => void): void {
    const kept: session.SessionData = this.forgets ? entry : { ...entry, cookie: { originalMaxAge: null } };
    this.#run({ operation: "set", id, done }, (answer) => super.set(id, kept, answer));
  }

  override destroy(id: string, done?: (error?: unknown) => void): void {
    this.#run({ operation: "destroy", id, done }, (answer) =>
      super.get(id, (_error, entry) => super.destroy(id, () => answer(entry ? undefined : this.#missing()))),
    );
  }

  override touch(id: string, entry: session.SessionData, done?: () => void): void {
    this.#run({ operation: "touch", id, done }, (answer) => super.touch(id, entry, answer));
  }

  /** Everything that the store holds, by id. Live objects: what is written to them is not stored. */
  dump(): Promise<Record<string, unknown>> {
    return new Promise((resolve) => super.all((_error, all) => resolve((all ?? {}) as Record<string, unknown>)));
  }

  /** The ids of what the store holds, without the marks of ended logins. */
  async ids(): Promise<string[]> {
    return Object.keys(await this.dump()).filter((id) => !id.startsWith("oidc-ended-"));
  }

  /** The id of the only login's record. */
  async recordId(): Promise<string> {
    return (await this.ids()).find((id) => /^oidc-[\w-]{32}$/.test(id)) ?? "no record";
  }

  /** Changes the record of the only login behind everybody's back. */
  async tamper(change: (record: Record<string, unknown>) => object): Promise<void> {
    const id = await this.recordId();
    const entry = (await this.dump())[id] as session.SessionData & { oidc: Record<string, unknown> };
    await new Promise<void>((resolve) => {
      super.set(id, Object.assign(entry, { oidc: change(entry.oidc) }), () => resolve());
    });
  }

  #run(call: { operation: Operation; id: string; done?: Done | undefined }, work: (answer: Done) => void): void {
    const { operation, id, done } = call;
    this.calls.push({ operation, id });
    const found = this.#troubles.get(operation);
    const answer: Done = (...result) => done?.(...result);
    if (found === undefined || !found.ids.test(id)) {
      work(answer);
    } else if ("error" in found.trouble) {
      const { error } = found.trouble;
      setImmediate(() => answer(error));
    } else {
      found.trouble.until.then(() => work(answer)).catch(answer);
    }
  }

  #answer(done: Done, error: unknown, entry: session.SessionData | null | undefined): void {
    if (error || entry) done(error, entry);
    else if (this.absence === "ENOENT") done(this.#missing());
    else if (this.absence === "null") done(null, null);
    else done();
  }

  /** The error of stores that keep files, also where they remove what is not there. */
  #missing(): Error | undefined {
    return this.absence === "ENOENT" ? Object.assign(new Error("no such file"), { code: "ENOENT" }) : undefined;
  }
}
