const MOST = 200;

/** Text of an outside party as it may stand in the log: one line, no controls, no direction overrides, 200 characters. */
export function plainText(text: string): string {
  const plain = text
    .slice(0, 4 * MOST)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu, ' ')
    .trim();
  // A character of two halves is not cut between them.
  return plain.length > MOST ? `${plain.slice(0, MOST - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : plain;
}
