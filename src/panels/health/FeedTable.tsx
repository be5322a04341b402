// biome-ignore-all lint/a11y/useSemanticElements: rows become cards where it is narrow, which a table cannot
// biome-ignore-all lint/a11y/useFocusableInteractive: the focus moves by rows, as a tree grid's may
import { type KeyboardEvent, useRef } from 'react';
import type { InstrumentId } from '@/market/instrument.ts';
import { statusSource } from '@/store/status-source.ts';
import { ChevronRight } from '@/ui/icons.ts';
import { clockText } from '@/ui/page-clock.ts';
import { StateChip } from '@/ui/StateChip.tsx';
import chip from '@/ui/state-chip.module.css';
import { FeedDetails } from './FeedDetails.tsx';
import { checkedCount, type FeedRow, proofText } from './feed-rows.ts';
import table from './feed-table.module.css';
import styles from './health.module.css';
import { countText, msText, NONE, spanClock } from './health-words.ts';
import { Section } from './Section.tsx';
import { Timeline, TimelineKey } from './Timeline.tsx';
import type { Span } from './timeline.ts';

interface FeedTableProps {
  readonly rows: readonly FeedRow[];
  readonly now: number;
  readonly span: Span;
  readonly minutes: number;
  readonly onMinutes: (minutes: number) => void;
  readonly selected: InstrumentId | null;
  readonly onSelect: (id: InstrumentId) => void;
  /** The feed whose details are open. */
  readonly opened: InstrumentId | null;
  readonly onOpen: (id: InstrumentId | null) => void;
}

const SPANS = [30, 60] as const;
const LATE_MS = 1_000;

/** Every feed in a row: its state now and over the last half hour or hour, and its figures. */
export function FeedTable(props: FeedTableProps) {
  const { rows, span, minutes, onMinutes } = props;
  const body = useRef<HTMLDivElement>(null);
  const handleKey = useRowKeys(props, body);
  return (
    <Section
      title="Feeds"
      className={styles.feeds}
      note={`state over the last ${minutes} minutes, newest at the right`}
      actions={
        <>
          <TimelineKey />
          <span className={styles.segments} role="group" aria-label="Minutes shown">
            {SPANS.map((choice) => (
              <button
                key={choice}
                type="button"
                aria-pressed={choice === minutes}
                aria-label={`${choice} minutes`}
                onClick={() => onMinutes(choice)}
              >
                {choice} min
              </button>
            ))}
          </span>
        </>
      }
    >
      <div
        ref={body}
        className={table.feedGrid}
        role="treegrid"
        aria-label="Feeds"
        aria-rowcount={rows.length + 1}
        onKeyDown={handleKey}
      >
        <FeedHeads span={span} />
        {rows.map((row) => (
          <FeedLine key={row.id} row={row} {...props} />
        ))}
      </div>
    </Section>
  );
}

const HEADS: readonly (readonly [key: string, text: string, isText?: boolean])[] = [
  ['symbol', 'Instrument', true],
  ['venue', 'Venue', true],
  ['state', 'State', true],
  ['for', 'For'],
  ['timeline', '', true],
  ['p50', 'Lag p50 ms'],
  ['p95', 'p95'],
  ['max', 'max'],
  ['rate', 'msg/s'],
  ['proof', 'Proof', true],
  ['checked', 'Checked'],
  ['gaps', 'Gaps'],
  ['rebuilt', 'Rebuilt'],
  ['rejected', 'Rejected'],
];

function FeedHeads({ span }: { readonly span: Span }) {
  const time = (at: number): string => clockText(at).slice(0, 5);
  return (
    <div role="row" className={`${table.feedRow} ${table.heads}`} aria-rowindex={1}>
      {HEADS.map(([key, text, isText]) => (
        <span key={key} role="columnheader" data-col={key} data-text={isText ? '' : undefined}>
          {key === 'timeline' ? `${time(span.from)} – ${time(span.to)} UTC` : text}
        </span>
      ))}
    </div>
  );
}

function FeedLine({ row, rows, now, span, selected, onSelect, opened, onOpen }: FeedTableProps & { row: FeedRow }) {
  const { id, symbol, venue, status, record, view, simulated, local } = row;
  const isSelected = id === selected;
  const isOpen = id === opened;
  const lag = view?.lag;
  const checked = checkedCount(row);
  const toggle = (): void => {
    onSelect(id);
    onOpen(isOpen ? null : id);
  };
  return (
    <>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the grid takes the keys of all its rows */}
      <div
        role="row"
        className={table.feedRow}
        data-feed={id}
        aria-selected={isSelected}
        aria-expanded={isOpen}
        aria-level={1}
        aria-rowindex={rows.indexOf(row) + 2}
        tabIndex={isSelected ? 0 : -1}
        onClick={() => onSelect(id)}
        onDoubleClick={toggle}
      >
        <span role="gridcell" data-col="symbol" data-text="">
          <button
            type="button"
            className={table.more}
            tabIndex={-1}
            aria-label={`${isOpen ? 'Hide' : 'Show'} details of ${symbol}`}
            onClick={(event) => {
              event.stopPropagation();
              toggle();
            }}
          >
            <ChevronRight size={12} strokeWidth={2} absoluteStrokeWidth aria-hidden="true" />
          </button>
          <b title={symbol}>{symbol}</b>
        </span>
        <span role="gridcell" data-col="venue" data-text="">
          <span className={table.venueName} title={venue}>
            {venue}
          </span>
          {simulated && (
            <span className={chip.mark} data-mark="simulated">
              SIMULATED
            </span>
          )}
          {local && (
            <span className={chip.mark} data-mark="local" title="Connected to a server on this machine">
              LOCAL
            </span>
          )}
        </span>
        <span role="gridcell" data-col="state" data-text="">
          <StateChip source={statusSource(id, ['book'])} />
        </span>
        <span role="gridcell" data-col="for">
          {status ? spanClock(now - status.since) : NONE}
        </span>
        <span role="gridcell" data-col="timeline" data-text="">
          <Timeline states={view?.lines.book} span={span} isSimulated={simulated} label={symbol} />
        </span>
        <Figure col="p50" text={msText(lag?.p50)} isBad={(lag?.p50 ?? 0) > LATE_MS} />
        <Figure col="p95" text={msText(lag?.p95)} isBad={(lag?.p95 ?? 0) > LATE_MS} />
        <Figure col="max" text={msText(lag?.max)} isBad={(lag?.max ?? 0) > LATE_MS} />
        <Figure col="rate" text={view ? countText(view.messagesPerSecond) : NONE} />
        <span role="gridcell" data-col="proof" data-text="" data-none={status?.proof === 'unverified' ? '' : undefined}>
          {proofText(row)}
        </span>
        <Figure col="checked" text={checked === null ? NONE : countText(checked)} />
        <Count col="gaps" count={record?.counters.gaps} />
        <Count col="rebuilt" count={record?.counters.resyncs} />
        <Count col="rejected" count={record?.counters.rejected} />
      </div>
      {isOpen && <FeedDetails row={row} span={span} now={now} />}
    </>
  );
}

interface FigureProps {
  readonly col: string;
  readonly text: string;
  readonly isBad?: boolean;
}

function Figure({ col, text, isBad = false }: FigureProps) {
  return (
    <span role="gridcell" data-col={col} data-none={text === NONE ? '' : undefined} data-bad={isBad ? '' : undefined}>
      {text}
    </span>
  );
}

/** Nothing is grey, something is amber. */
function Count({ col, count }: { readonly col: string; readonly count: number | undefined }) {
  return (
    <span
      role="gridcell"
      data-col={col}
      data-count={count}
      data-none={count ? undefined : ''}
      data-bad={count ? '' : undefined}
    >
      {count === undefined ? NONE : countText(count)}
    </span>
  );
}

/** Arrows move through the rows, Enter and the side arrows open and close what a row has more of. */
function useRowKeys(props: FeedTableProps, body: { readonly current: HTMLElement | null }) {
  const { rows, selected, onSelect, opened, onOpen } = props;
  const focusRow = (id: InstrumentId): void => {
    for (const line of body.current?.querySelectorAll<HTMLElement>('[data-feed]') ?? []) {
      if (line.dataset.feed === id) line.focus();
    }
  };
  return (event: KeyboardEvent<HTMLElement>): void => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target instanceof HTMLButtonElement) return;
    const at = rows.findIndex(({ id }) => id === selected);
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 };
    const next = Object.hasOwn(moves, event.key)
      ? rows[Math.max(0, Math.min(rows.length - 1, moves[event.key]))]
      : null;
    if (next) {
      onSelect(next.id);
      focusRow(next.id);
    } else if (event.key === 'Enter') onOpen(opened === selected ? null : selected);
    else if (event.key === 'ArrowRight') onOpen(selected);
    else if (event.key === 'ArrowLeft') onOpen(null);
    else return;
    event.preventDefault();
  };
}
