/** @module Collects what is wrong with the options, so that all of it is said at once. */
import leven from "leven";
import { OptionsError } from "../errors.js";

/** A closed list of what is wrong. Each entry: the option, the rule, the remedy. */
export class Problems {
  readonly #lines: string[] = [];

  /** Notes one problem, once: an option may be read in several places. */
  add(path: string, ruleAndRemedy: string): void {
    this.#note(`${path}: ${ruleAndRemedy}`);
  }

  /** Notes those of options that stand inside another one. */
  addInside(path: string, inner: Problems): void {
    for (const line of inner.#lines) this.#note(`${path}.${line}`);
  }

  /** Refuses names that are not known, with the nearest one that is. */
  unknownNames(path: string, given: object, known: readonly string[]): void {
    for (const name of Object.keys(given)) {
      if (known.includes(name)) continue;
      const nearest = nearestName(name, known);
      const hint = nearest === undefined ? `known are ${known.join(", ")}` : `did you mean \`${nearest}\`?`;
      this.add(path + name, `there is no such option; ${hint}`);
    }
  }

  /** Throws when there was any. @throws {OptionsError} */
  throwIfAny(): void {
    if (this.#lines.length > 0) throw new OptionsError(this.#lines);
  }

  #note(line: string): void {
    if (!this.#lines.includes(line)) this.#lines.push(line);
  }
}

function nearestName(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  const [best] = known
    .map((candidate) => ({ candidate, distance: leven(lower, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(2, name.length / 3) ? best.candidate : undefined;
}
