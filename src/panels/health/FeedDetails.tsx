// biome-ignore-all lint/a11y/useSemanticElements: a row of the feed grid, which is no table
// biome-ignore-all lint/a11y/useFocusableInteractive: there is nothing in it to act on
import { CHANNELS } from '@/market/feed-state.ts';
import { parseInstrumentId } from '@/market/instrument.ts';
import { useHealth } from '@/store/health-store.ts';
import { clockMillisText } from '@/ui/page-clock.ts';
import type { FeedRow } from './feed-rows.ts';
import styles from './feed-table.module.css';
import { bytesText, causeText, countText, NONE, signedMs } from './health-words.ts';
import { Timeline } from './Timeline.tsx';
import type { Span } from './timeline.ts';

interface FeedDetailsProps {
  readonly row: FeedRow;
  readonly span: Span;
  readonly now: number;
}

const OTHERS = CHANNELS.filter((channel) => channel !== 'book');

/** What a row has no column for: the other channels, causes and reasons, and what the venue's limits leave. */
export function FeedDetails({ row, span, now }: FeedDetailsProps) {
  const { id, symbol, record, view, simulated } = row;
  return (
    <div role="row" className={styles.details} aria-level={2} data-details={id}>
      <div role="gridcell">
        <div className={styles.channels}>
          {OTHERS.map((channel) => (
            <div key={channel}>
              <span>{channel}</span>
              <em data-channel={channel}>{record?.status[channel].state ?? NONE}</em>
              <Timeline
                states={view?.lines[channel]}
                span={span}
                isSimulated={simulated}
                label={`${symbol} ${channel}`}
              />
            </div>
          ))}
        </div>
        <dl className={styles.figures}>
          {useFigures(row, now).map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd data-detail={name}>{text}</dd>
            </div>
          ))}
        </dl>
        <Causes title="Rebuilt for" none="nothing" counts={view?.resyncs ?? []} text={causeText} />
        <Causes title="Refused for" none="nothing" counts={view?.rejects ?? []} text={(reason) => reason} />
      </div>
    </div>
  );
}

function useFigures({ id, record, view, status }: FeedRow, now: number): readonly (readonly [string, string])[] {
  const venue = parseInstrumentId(id)?.venue;
  const costs = useHealth((state) => state.venues.find((one) => one.venue === venue));
  const counters = record?.counters;
  const count = (value: number | undefined): string => (value === undefined ? NONE : countText(value));
  const ofBudget = (budget: { used: number; allowed: number } | undefined): string =>
    budget ? `${countText(budget.used)} of ${countText(budget.allowed)}` : NONE;
  const wait = costs && costs.bannedUntil > now ? Math.ceil((costs.bannedUntil - now) / 1_000) : 0;
  return [
    ['Last proven', status && status.provenAt > 0 ? clockMillisText(status.provenAt) : NONE],
    ['Bytes a second', view ? bytesText(view.bytesPerSecond) : NONE],
    ['Busiest second', view ? `${countText(view.peakMessages)} msg` : NONE],
    ['Off-grid levels', count(counters?.offGrid)],
    ['Checksums', counters ? `${countText(counters.checksums)}, ${countText(counters.checksumFailures)} wrong` : NONE],
    ['Audits', view ? `${countText(view.auditsAgreed)} of ${countText(view.auditsCompared)} agree` : NONE],
    ['Reconnects', count(counters?.reconnects)],
    ['Duplicates', count(record?.trades.duplicates)],
    ['Clock offset', view?.clockOffsetMs == null ? NONE : `${signedMs(view.clockOffsetMs)} ms`],
    ['Sockets', count(costs?.sockets)],
    ['Connects in 5 min', ofBudget(costs?.connects)],
    ['Request weight', wait > 0 ? `told to wait ${wait} s` : ofBudget(costs?.weight)],
  ];
}

interface CausesProps {
  readonly title: string;
  readonly none: string;
  readonly counts: readonly (readonly [string, number])[];
  readonly text: (name: string) => string;
}

function Causes({ title, none, counts, text }: CausesProps) {
  return (
    <p className={styles.causes}>
      <span>{title}</span>{' '}
      {counts.length === 0 ? none : counts.map(([name, count]) => `${text(name)} ×${countText(count)}`).join(' · ')}
    </p>
  );
}
