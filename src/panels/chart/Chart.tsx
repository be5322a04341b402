import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { parseInstrumentId } from '@/market/instrument.ts';
import type { Interval } from '@/market/time.ts';
import { venueName } from '@/market/venue-name.ts';
import { declareNeed, markTouched, setInterval as setDeskInterval, useDesk, withdrawNeed } from '@/store/desk-store.ts';
import { feedPort } from '@/store/feed-port.ts';
import { statusSource } from '@/store/status-source.ts';
import { useInstrumentInfo } from '@/store/use-market-sample.ts';
import { PanelFrame } from '@/ui/PanelFrame.tsx';
import type { PanelProps } from '@/ui/panel.ts';
import { StateBand } from '@/ui/StateBand.tsx';
import { StateCard } from '@/ui/StateCard.tsx';
import { lookOf } from '@/ui/status-words.ts';
import { useFeedState } from '@/ui/use-status.ts';
import { CandleTable } from './CandleTable.tsx';
import { ChartFoot } from './ChartFoot.tsx';
import { ChartSkeleton } from './ChartSkeleton.tsx';
import styles from './chart.module.css';
import { EMPTY_FACE } from './chart-face.ts';
import { chartAction } from './chart-keys.ts';
import { ChartPainter } from './chart-painter.ts';
import { IntervalBox } from './IntervalBox.tsx';
import { IntervalSwitch } from './IntervalSwitch.tsx';

/** The candlestick chart of one instrument: React frames it, the painter draws it. */
export function Chart({ panelId, instrument }: PanelProps) {
  const interval = useDesk((desk) => desk.interval);
  const info = useInstrumentInfo(instrument);
  const status = useMemo(() => statusSource(instrument, ['trades', 'candles']), [instrument]);
  const state = useFeedState(status);
  const parsed = parseInstrumentId(instrument);
  const venue = info?.venueName ?? (parsed ? venueName(parsed.venue) : instrument);
  const symbol = info?.symbol ?? parsed?.symbol ?? instrument;

  const host = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLDivElement>(null);
  const spoken = useRef<HTMLSpanElement>(null);
  const painter = useRef<ChartPainter | null>(null);
  const [face, setFace] = useState(EMPTY_FACE);
  const [typed, setTyped] = useState<string | null>(null);
  const [hasFocus, setHasFocus] = useState(false);

  useEffect(() => {
    if (!host.current || !legend.current || !spoken.current) return;
    const made = new ChartPainter({ host: host.current, legend: legend.current, spoken: spoken.current }, setFace);
    painter.current = made;
    return () => {
      made.dispose();
      painter.current = null;
    };
  }, []);

  useEffect(() => painter.current?.show(instrument, interval), [instrument, interval]);

  useEffect(() => {
    declareNeed(panelId, { instrument, trades: true, candles: [interval] });
  }, [panelId, instrument, interval]);
  useEffect(() => () => withdrawNeed(panelId), [panelId]);

  const rows = useCallback(() => painter.current?.tableRows() ?? [], []);
  const look = lookOf(state, face.hasBars);

  const handleInterval = (next: Interval): void => {
    markTouched();
    setDeskInterval(next);
  };
  const handleBoxDone = (next: Interval | null): void => {
    setTyped(null);
    host.current?.focus();
    if (next) handleInterval(next);
  };
  const handleKey = (event: KeyboardEvent<HTMLDivElement>): void => {
    const action = chartAction(event.nativeEvent);
    if (!action) return;
    if (action.kind === 'search') {
      const page = event.currentTarget.ownerDocument;
      page.dispatchEvent(new CustomEvent('depthwire:search', { detail: action.letter }));
    } else if (action.kind === 'interval') setTyped(action.text);
    else painter.current?.act(action);
    if (action.kind !== 'leave') event.preventDefault();
    event.stopPropagation();
  };

  return (
    <PanelFrame
      kind="chart"
      title="Chart"
      panelId={panelId}
      instrument={instrument}
      symbol={symbol}
      venueName={venue}
      flags={{ simulated: info?.simulated ?? parsed?.venue === 'demo', local: info?.local ?? false }}
      status={status}
      toolRow={<IntervalSwitch interval={interval} onChange={handleInterval} />}
    >
      <div className={styles.plot} data-look={look}>
        <div className={styles.picture}>
          {!face.hasBars && <ChartSkeleton />}
          <div
            ref={host}
            className={styles.host}
            role="img"
            aria-label={`Chart ${symbol}, no candles yet`}
            aria-keyshortcuts="ArrowLeft ArrowRight Home End Control+ArrowUp Control+ArrowDown Alt+R"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a picture that is read bar by bar with the arrow keys
            tabIndex={0}
            data-waiting={face.hasBars ? undefined : ''}
            onKeyDown={handleKey}
            onFocus={() => setHasFocus(true)}
            onBlur={() => setHasFocus(false)}
          />
        </div>
        <div ref={legend} className={styles.legend} aria-hidden="true" />
        {(look === 'stale' || look === 'dated') && (
          <div className={styles.band}>
            <StateBand source={status} venueName={venue} />
          </div>
        )}
        <span className={styles.zone} aria-hidden="true">
          UTC
        </span>
        {face.hasBars && face.isAway && (
          <button type="button" className={styles.toLive} onClick={() => painter.current?.act({ kind: 'live' })}>
            To live <span aria-hidden="true">›</span>
          </button>
        )}
        {typed !== null && <IntervalBox text={typed} onDone={handleBoxDone} />}
        {look === 'card' && (
          <StateCard
            source={status}
            venueName={venue}
            actions={[{ label: 'Try again', run: () => feedPort().retry(instrument) }]}
          />
        )}
        <span ref={spoken} className={styles.hidden} aria-live="polite" />
        <CandleTable caption={`${symbol}, ${interval} candles in view`} rows={rows} isLive={hasFocus} />
      </div>
      <ChartFoot
        face={face}
        look={look}
        status={status}
        venueName={venue}
        onRetry={() => painter.current?.retryHistory()}
      />
    </PanelFrame>
  );
}
