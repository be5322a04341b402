/** One level as a venue writes it. */
export type LevelText = readonly [price: string, size: string];

/** A whole book at one update id, best level first, in canonical text. */
export interface BookState {
  readonly id: number;
  readonly bids: readonly LevelText[];
  readonly asks: readonly LevelText[];
  /** One line per level, bids before asks. */
  readonly digest: string;
  readonly isCrossed: boolean;
}

/** The shortest text of a decimal. */
export const canonical = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

/** A decimal as an integer of 10^-18, for ordering only. */
function ordinal(text: string): bigint {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole) * 10n ** 18n + BigInt(fraction.padEnd(18, '0'));
}

const compare = (a: string, b: string): number => {
  const difference = ordinal(a) - ordinal(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};

/** The simplest book there can be: text to text, sorted when it is looked at. The independent truth of a test. */
export class ReferenceBook {
  readonly bids = new Map<string, string>();
  readonly asks = new Map<string, string>();

  set(side: 'b' | 'a', price: string, size: string): void {
    const levels = side === 'b' ? this.bids : this.asks;
    if (/^0*(\.0*)?$/.test(size)) levels.delete(canonical(price));
    else levels.set(canonical(price), canonical(size));
  }

  copy(): ReferenceBook {
    const copied = new ReferenceBook();
    for (const [price, size] of this.bids) copied.bids.set(price, size);
    for (const [price, size] of this.asks) copied.asks.set(price, size);
    return copied;
  }

  state(id: number): BookState {
    const bids = [...this.bids].sort((x, y) => compare(y[0], x[0]));
    const asks = [...this.asks].sort((x, y) => compare(x[0], y[0]));
    return { id, bids, asks, digest: digestOf(bids, asks), isCrossed: isCrossed(bids, asks) };
  }
}

/** The text whose hash the product calls the digest of a book. */
export function digestOf(bids: readonly LevelText[], asks: readonly LevelText[]): string {
  const line = (side: string) => (level: LevelText) => `${side}|${level[0]}|${level[1]}\n`;
  return bids.map(line('b')).join('') + asks.map(line('a')).join('');
}

const isCrossed = (bids: readonly LevelText[], asks: readonly LevelText[]): boolean =>
  bids.length > 0 && asks.length > 0 && compare(bids[0][0], asks[0][0]) > 0;
