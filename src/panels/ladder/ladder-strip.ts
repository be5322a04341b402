import { formatTicks } from '@/market/price.ts';
import { formatSize } from '@/market/quantity.ts';
import type { LastTrade } from '@/market/trade.ts';
import { splitPrice } from '@/ui/price-text.ts';
import { spreadText } from './ladder-rows.ts';

/** Elements of the spread strip, marked with `data-part` by the shell that rendered them. */
const part = (root: Element, name: string): HTMLElement => {
  const element = root.querySelector<HTMLElement>(`[data-part="${name}"]`);
  if (!element) throw new Error(`The ladder has no part ${name}.`);
  return element;
};

/** Set the text of an element once it differs. */
function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** The strip under the header: exact best prices, spread, and the way the last price went. */
export class SpreadStrip {
  private readonly bidHead: HTMLElement;
  private readonly bidPips: HTMLElement;
  private readonly askHead: HTMLElement;
  private readonly askPips: HTMLElement;
  private readonly middle: HTMLElement;
  private readonly arrow: HTMLElement;
  private key = '';
  private direction = 0;

  constructor(root: Element) {
    this.bidHead = part(root, 'bid-head');
    this.bidPips = part(root, 'bid-pips');
    this.askHead = part(root, 'ask-head');
    this.askPips = part(root, 'ask-pips');
    this.middle = part(root, 'spread');
    this.arrow = part(root, 'direction');
  }

  write(bid: number | null, ask: number | null, stepTicks: number, priceDecimals: number, decimals: number): void {
    const key = `${bid} ${ask} ${stepTicks} ${priceDecimals}`;
    if (key === this.key) return;
    this.key = key;
    const bidText = splitPrice(bid === null ? '–' : formatTicks(bid, priceDecimals, decimals), 2);
    const askText = splitPrice(ask === null ? '–' : formatTicks(ask, priceDecimals, decimals), 2);
    write(this.bidHead, bidText.dim);
    write(this.bidPips, bidText.bright);
    write(this.askHead, askText.dim);
    write(this.askPips, askText.bright);
    write(this.middle, bid === null || ask === null ? 'one side is empty' : spreadText(bid, ask, stepTicks));
  }

  writeDirection(last: LastTrade | null): void {
    const direction = last?.direction ?? 0;
    if (direction === this.direction) return;
    this.direction = direction;
    this.arrow.dataset.direction = String(direction);
    this.arrow.setAttribute('aria-label', direction > 0 ? 'last price up' : direction < 0 ? 'last price down' : '');
  }

  /** Write everything anew next time. */
  forget(): void {
    this.key = '';
  }
}

/** The foot: how much is bid and asked in the rows in view. */
export class ImbalanceFoot {
  private readonly bid: HTMLElement;
  private readonly ask: HTMLElement;
  private readonly share: HTMLElement;
  private readonly note: HTMLElement;
  private shown = -1;

  constructor(root: Element) {
    this.bid = part(root, 'bid-sum');
    this.ask = part(root, 'ask-sum');
    this.share = part(root, 'bid-share');
    this.note = part(root, 'market-note');
  }

  write(bidSum: number, askSum: number, lotDecimals: number, shownDecimals: number): void {
    write(this.bid, sumText(bidSum, lotDecimals, shownDecimals));
    write(this.ask, sumText(askSum, lotDecimals, shownDecimals));
    const total = bidSum + askSum;
    const share = total > 0 ? Math.round((bidSum / total) * 200) / 200 : 0.5;
    if (share === this.shown) return;
    this.shown = share;
    this.share.style.transform = `scaleX(${share})`;
  }

  /** Where the market is when it is not in view; empty when it is. */
  writeNote(text: string): void {
    write(this.note, text);
  }
}

const sumText = (sum: number, lotDecimals: number, shownDecimals: number): string =>
  formatSize(
    sum <= Number.MAX_SAFE_INTEGER ? Math.round(sum) : BigInt(Math.round(sum)).toString(),
    lotDecimals,
    shownDecimals,
  );
