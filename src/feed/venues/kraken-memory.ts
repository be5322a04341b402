import { KRAKEN_DEPTH, namesOf } from './kraken-names.ts';

const MOST_SYMBOLS = 1024;
const MOST_ASKED = 256;

/** What earlier messages said that later ones leave out. */
export class KrakenMemory {
  private readonly depths = new Map<string, number>();
  private readonly asked = new Map<string, readonly string[]>();

  /** Levels a side that the venue keeps of a symbol's book: as it acknowledged, else as we ask. */
  depthOf(symbol: string): number {
    return this.depths.get(symbol) ?? KRAKEN_DEPTH;
  }

  /** The venue acknowledged a book of this depth. */
  acknowledged(symbol: string, depth: number): void {
    if (this.depths.size >= MOST_SYMBOLS && !this.depths.has(symbol)) this.depths.clear();
    this.depths.set(symbol, depth);
  }

  /** We ask for these streams under this number. */
  asks(id: number, names: readonly string[]): void {
    this.asked.set(String(id), names);
    for (const oldest of this.asked.keys()) {
      if (this.asked.size <= MOST_ASKED) break;
      this.asked.delete(oldest);
    }
  }

  /**
   * Which streams an answer about a symbol is about: answers to a subscription do not always say the channel.
   * @returns the symbol's streams of that request, or all it can have where the request is not known
   */
  meant(id: string | null, symbol: string): readonly string[] {
    const names = id === null ? undefined : this.asked.get(id);
    const all = namesOf(symbol);
    return names?.filter((name) => all.includes(name)) ?? all;
  }
}
