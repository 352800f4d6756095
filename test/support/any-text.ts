/**
 * Texts for property tests.
 * @module
 */
import fc from "fast-check";

/** Any text, control characters and broken surrogates too. (fast-check's own takes seconds to prepare.) */
export function anyText(maxLength = 40): fc.Arbitrary<string> {
  const rare = fc.nat({ max: 0xffff });
  const common = fc.nat({ max: 0x7f });
  return fc.array(fc.oneof(common, rare), { maxLength }).map((codes) => String.fromCharCode(...codes));
}
