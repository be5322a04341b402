import { copyOut } from './symbol-table.ts';

const SLOTS = 512;
/** Characters that tell streams apart: those of the symbol and those after it. */
const FIRST = 11;
/** Shorter texts are no wrapped messages. */
const SHORTEST = 40;

/** The unchanging beginning of one stream's messages, once it was found to be well formed. */
export interface Head {
  /** From the first brace to behind the stated kind. */
  readonly text: string;
  readonly kind: number;
  readonly symbol: string;
  /** The symbol with its quotes, as bytes. */
  readonly quoted: Uint8Array;
  /** Where the stream's name ends. */
  readonly streamEnd: number;
}

/** Knows messages by their beginning, so that it need not be taken apart each time. */
export class HeadTable {
  private readonly slots: (Head | undefined)[] = new Array<Head | undefined>(SLOTS).fill(undefined);

  /** The head a text begins with, when it was added before and no other took its place. */
  find(text: string): Head | null {
    if (text.length < SHORTEST) return null;
    const head = this.slots[slotOf(text)];
    return head !== undefined && text.startsWith(head.text) ? head : null;
  }

  /** Remember that texts beginning like this one are of a symbol and kind. */
  add(text: string, length: number, kind: number, symbol: string, streamEnd: number): void {
    if (text.length < SHORTEST) return;
    const quoted = Uint8Array.from(`"${symbol}"`, (letter) => letter.charCodeAt(0));
    this.slots[slotOf(text)] = { text: copyOut(text, 0, length), kind, symbol, quoted, streamEnd };
  }
}

function slotOf(text: string): number {
  let hash = 0;
  for (let at = FIRST; at < FIRST + 16; at += 2) hash = Math.imul(hash, 31) + text.charCodeAt(at);
  return (hash ^ (hash >>> 9)) & (SLOTS - 1);
}
