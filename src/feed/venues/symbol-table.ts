import { MAX_SYMBOL } from './strict-fields.ts';

/** Symbols remembered at once; two that fall on one slot replace each other. */
const SLOTS = 256;
/** Printable ASCII without quote and backslash. */
const PLAIN = /^[!#-[\]-~]+$/;

/** One symbol that was seen. */
export interface KnownSymbol {
  /** A string of its own: it keeps no message alive. */
  readonly symbol: string;
  /** By kind, the stream name this symbol last came on, found to be well formed. */
  readonly streams: string[];
}

/** Gives the same string for the same symbol, so that a message makes no new one. */
export class SymbolTable {
  private readonly slots: (KnownSymbol | undefined)[] = new Array<KnownSymbol | undefined>(SLOTS).fill(undefined);

  /**
   * The symbol that stands in an ASCII text from `from` up to `to`.
   * @returns null when it is empty, too long, or not plain printable ASCII
   */
  find(text: string, from: number, to: number): KnownSymbol | null {
    const length = to - from;
    if (length < 1 || length > MAX_SYMBOL) return null;
    const edges = text.charCodeAt(from) * 31 + text.charCodeAt(from + (length >> 1)) * 17 + text.charCodeAt(to - 1);
    const slot = (edges + length * 7) & (SLOTS - 1);
    const known = this.slots[slot];
    if (known !== undefined && known.symbol.length === length && text.startsWith(known.symbol, from)) return known;
    const symbol = copyOut(text, from, to);
    if (!PLAIN.test(symbol)) return null;
    const added: KnownSymbol = { symbol, streams: [] };
    this.slots[slot] = added;
    return added;
  }
}

/**
 * Whether a stream name that stands in an ASCII text is the symbol's own: `btcusdt@depth@100ms` for channel `depth`.
 * @param kind  place of the channel in `known.streams`
 */
export function isStreamOf(
  known: KnownSymbol,
  kind: number,
  channel: string,
  text: string,
  from: number,
  to: number,
): boolean {
  const last = known.streams[kind];
  if (last !== undefined && last.length === to - from && text.startsWith(last, from)) return true;
  if (to - from > 2 * MAX_SYMBOL) return false;
  const name = copyOut(text, from, to);
  const start = `${known.symbol.toLowerCase()}@${channel}`;
  const next = name.charAt(start.length);
  if (!name.startsWith(start) || (next !== '' && next !== '@' && next !== '_') || !PLAIN.test(name)) return false;
  known.streams[kind] = name;
  return true;
}

/** A copy that shares nothing with the text it came from: an engine's slice would keep the whole message. */
export function copyOut(text: string, from: number, to: number): string {
  const codes: number[] = [];
  for (let i = from; i < to; i++) codes.push(text.charCodeAt(i));
  return String.fromCharCode(...codes);
}
