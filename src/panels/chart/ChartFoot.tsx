import { useState } from 'react';
import { type ChannelStatus, isCurrent } from '@/market/feed-state.ts';
import { pageNow } from '@/ui/page-clock.ts';
import type { StatusSource } from '@/ui/status-source.ts';
import { footWords, type StateLook } from '@/ui/status-words.ts';
import { useCountingText, useFeedState } from '@/ui/use-status.ts';
import styles from './chart.module.css';
import type { ChartFace } from './chart-face.ts';
import { clockText, dayText, yearText } from './chart-words.ts';

interface ChartFootProps {
  readonly face: ChartFace;
  readonly look: StateLook;
  readonly status: StatusSource;
  readonly venueName: string;
  readonly onRetry: () => void;
}

function momentText(time: number): string {
  const year = yearText(time) === yearText(pageNow()) ? '' : ` ${yearText(time)}`;
  return `${dayText(time)}${year} ${clockText(time)} UTC`;
}

/** What there is of history, in one line. */
function historyWords({ history, bars, first, pager, atStart }: ChartFace): string {
  if (history === 'failed') return 'History could not be loaded.';
  if (pager === 'failed') return 'Older candles could not be loaded, trying again shortly.';
  if (pager === 'loading') return 'Loading older candles';
  if (history === 'loading') return 'Loading history';
  if (first === null) return 'No trades yet';
  const count = `${bars.toLocaleString('en-GB')} ${bars === 1 ? 'candle' : 'candles'}`;
  if (history === 'from-now') return `${count} since ${momentText(first)}`;
  return `${count} from ${momentText(first)}${atStart ? ', where history begins' : ''}`;
}

/** The line under the chart: how far its history goes, or what is wrong, and who made the chart library. */
export function ChartFoot({ face, look, status, venueName, onRetry }: ChartFootProps) {
  const [since] = useState(pageNow);
  const words = useCountingText<HTMLSpanElement>(status, (value: ChannelStatus | null, now) =>
    value && isCurrent(value.state) ? historyWords(face) : footWords(value, now, venueName, since),
  );
  const state = useFeedState(status);
  const canRetry = state !== null && isCurrent(state) && (face.history === 'failed' || face.pager === 'failed');
  return (
    <div className={styles.foot}>
      <span ref={words} className={styles.facts} data-tone={canRetry || look === 'stale' ? 'warn' : undefined} />
      {canRetry && (
        <button type="button" className={styles.retry} onClick={onRetry}>
          Try again
        </button>
      )}
      <a className={styles.credit} href="https://www.tradingview.com/" target="_blank" rel="noopener noreferrer">
        Charts by TradingView
      </a>
    </div>
  );
}
