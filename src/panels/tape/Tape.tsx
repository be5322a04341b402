import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { type InstrumentId, type InstrumentInfo, parseInstrumentId } from '@/market/instrument.ts';
import { venueName } from '@/market/venue-name.ts';
import { declareNeed, openInstrument, withdrawNeed } from '@/store/desk-store.ts';
import { feedPort } from '@/store/feed-port.ts';
import { marketStore, recordOf } from '@/store/market-store.ts';
import { statusSource } from '@/store/status-source.ts';
import { useInstrumentInfo } from '@/store/use-market-sample.ts';
import { IconButton } from '@/ui/IconButton.tsx';
import { Pause, Play } from '@/ui/icons.ts';
import { PanelFrame } from '@/ui/PanelFrame.tsx';
import type { PanelProps } from '@/ui/panel.ts';
import { SkeletonBar, SkeletonRows } from '@/ui/Skeleton.tsx';
import { StateBand } from '@/ui/StateBand.tsx';
import { StateCard } from '@/ui/StateCard.tsx';
import { StateFoot } from '@/ui/StateFoot.tsx';
import { lookOf } from '@/ui/status-words.ts';
import { useFeedState } from '@/ui/use-status.ts';
import { MinimumField } from './MinimumField.tsx';
import styles from './tape.module.css';
import { FOLD_MS, minimumLots, readConfig, type TapeConfig, withMinimum } from './tape-config.ts';
import { TERMS } from './tape-foot.ts';
import { TapePainter } from './tape-painter.ts';

const DEMO = 'demo:BTC-USD';

const TERM_WORDS: Record<(typeof TERMS)[number], string> = {
  received: 'received',
  shown: 'shown',
  filtered: 'filtered',
  folded: 'folded',
  scrolled: 'scrolled out',
  elided: 'elided',
  waiting: 'waiting',
};

/**
 * Time and sales: every print, the newest on top, none of them lost without being counted. Another instrument is
 * another tape: no count of the former one may stand in it for a moment.
 */
export function Tape(props: PanelProps) {
  return <TapeOf key={props.instrument} {...props} />;
}

function TapeOf({ panelId, instrument, config: stored, setConfig }: PanelProps) {
  const id = useMemo(() => parseInstrumentId(instrument), [instrument]);
  const info = useInstrumentInfo(instrument);
  const source = statusSource(instrument, ['trades']);
  const venue = info?.venueName ?? (id ? venueName(id.venue) : '');
  const symbol = id?.symbol ?? instrument;
  const config = useMemo(() => readConfig(stored), [stored]);
  const received = useSyncExternalStore(marketStore.subscribe, () => (recordOf(instrument)?.trades.received ?? 0) > 0);
  const state = useFeedState(source);
  const look = lookOf(state, info !== null && (received || state === 'live'));
  const tape = useTapePainter(panelId, instrument, info, config);

  const togglePause = (): void => {
    const { current } = tape.painter;
    if (current?.isPaused) current.resume();
    else current?.pause();
  };
  const handleKey = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if ((event.target as Element).closest('input, select, textarea')) return;
    const isEnd = event.key === 'End' && tape.isPaused;
    if (event.key.toLowerCase() !== 'p' && !isEnd) return;
    togglePause();
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <PanelFrame
      kind="tape"
      title="Trades"
      panelId={panelId}
      instrument={instrument}
      symbol={symbol}
      venueName={venue}
      flags={{ simulated: info?.simulated ?? id?.venue === 'demo', local: info?.local ?? false }}
      status={source}
      onKeyDown={handleKey}
      actions={
        <IconButton
          icon={tape.isPaused ? Play : Pause}
          label={tape.isPaused ? 'Resume the tape' : 'Pause the tape'}
          shortcut="P"
          onPress={togglePause}
        />
      }
      toolRow={
        <TapeTools
          info={info}
          config={config}
          onMinimum={(text) => setConfig(withMinimum(config, instrument, text))}
          onFold={() => setConfig({ ...config, isFolding: !config.isFolding })}
        />
      }
    >
      <div ref={tape.root} className={styles.tape} data-look={look} data-paused={tape.isPaused ? '' : undefined}>
        <div className={styles.head32}>
          {look === 'skeleton' && <PressureSkeleton />}
          {(look === 'stale' || look === 'dated' || (look === 'card' && received)) && (
            <StateBand source={source} venueName={venue} />
          )}
          <PressureBar />
        </div>
        <div className={styles.heads} aria-hidden="true">
          <span className={styles.time}>Time UTC</span>
          <span />
          <span>Price</span>
          <span>Size {info?.sizeUnit ?? ''}</span>
          <span />
        </div>
        <div className={styles.bodyFrame}>
          <div
            ref={tape.log}
            className={styles.log}
            role="log"
            aria-live="off"
            aria-label={`Trades ${symbol}`}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
            tabIndex={0}
          >
            <div ref={tape.spacer}>
              <div ref={tape.viewport} className={styles.viewport}>
                <div ref={tape.strip} className={styles.strip} />
              </div>
            </div>
          </div>
          <div className={styles.band} hidden={!tape.isPaused}>
            <Pause size={16} strokeWidth={1.5} absoluteStrokeWidth aria-hidden="true" />
            <b>Paused</b>
            <span ref={tape.waiting} className={styles.waiting} />
            <button type="button" className={styles.resume} onClick={() => tape.painter.current?.resume()}>
              Resume <kbd>End</kbd>
            </button>
          </div>
          {(look === 'skeleton' || (look === 'card' && !received)) && <TapeSkeleton />}
          {look === 'current' && !received && (
            <p className={styles.empty}>No trades on {symbol} since it was opened.</p>
          )}
        </div>
        <div className={styles.foot}>
          <Counter />
          {look !== 'current' && <StateFoot source={source} venueName={venue} />}
        </div>
        {look === 'card' && (
          <StateCard
            source={source}
            venueName={venue}
            actions={[
              { label: 'Try again', run: () => feedPort().retry(instrument) },
              ...(id?.venue === 'demo' ? [] : [{ label: 'Open demo', run: () => openInstrument(DEMO) }]),
            ]}
          />
        )}
      </div>
    </PanelFrame>
  );
}

/** The painter of a mounted tape, and its need of the trades while it is mounted. */
function useTapePainter(panelId: string, instrument: InstrumentId, info: InstrumentInfo | null, config: TapeConfig) {
  const root = useRef<HTMLDivElement>(null);
  const log = useRef<HTMLDivElement>(null);
  const spacer = useRef<HTMLDivElement>(null);
  const viewport = useRef<HTMLDivElement>(null);
  const strip = useRef<HTMLDivElement>(null);
  const waiting = useRef<HTMLSpanElement>(null);
  const painter = useRef<TapePainter | null>(null);
  const [isPaused, setPaused] = useState(false);

  useEffect(() => {
    if (!root.current || !log.current || !spacer.current) return;
    if (!viewport.current || !strip.current || !waiting.current) return;
    const made = new TapePainter({
      instrument,
      root: root.current,
      log: log.current,
      spacer: spacer.current,
      viewport: viewport.current,
      strip: strip.current,
      waiting: waiting.current,
      onPaused: setPaused,
    });
    painter.current = made;
    return () => {
      made.dispose();
      painter.current = null;
      setPaused(false);
    };
  }, [instrument]);

  const minLots = info ? minimumLots(info, config) : 0;
  const foldMs = config.isFolding ? FOLD_MS : 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new painter is told its settings too
  useEffect(() => painter.current?.configure({ minLots, foldMs }), [minLots, foldMs, instrument]);

  useEffect(() => {
    declareNeed(panelId, { instrument, trades: true });
    return () => withdrawNeed(panelId);
  }, [panelId, instrument]);

  return { root, log, spacer, viewport, strip, waiting, painter, isPaused };
}

interface TapeToolsProps {
  readonly info: InstrumentInfo | null;
  readonly config: TapeConfig;
  readonly onMinimum: (text: string) => void;
  readonly onFold: () => void;
}

function TapeTools({ info, config, onMinimum, onFold }: TapeToolsProps) {
  return (
    <>
      <MinimumField info={info} minimum={info ? (config.minimums[info.id] ?? '') : ''} onMinimum={onMinimum} />
      <span className={styles.rule} />
      <span className={styles.caption}>
        Large <span data-part="large">–</span>
      </span>
      <button
        type="button"
        className={styles.fold}
        aria-pressed={config.isFolding}
        title={`Fold prints of one aggressor within ${FOLD_MS} ms into one row`}
        onClick={onFold}
      >
        Fold <span>{config.isFolding ? `${FOLD_MS} ms` : 'off'}</span>
      </button>
    </>
  );
}

function PressureBar() {
  return (
    <div className={styles.pressure} title="Volume bought and sold in the last minute">
      <span className={styles.buyShare} data-part="buy-share">
        –
      </span>
      <span className={styles.balance} aria-hidden="true">
        <i className={styles.share} data-part="pressure" />
      </span>
      <span className={styles.sellShare} data-part="sell-share">
        –
      </span>
      <span className={styles.rate} data-part="rate" />
    </div>
  );
}

/** Where every print went. Narrow panels show the sum in words and open the equation on demand. */
function Counter() {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <div className={styles.counter}>
      <button
        type="button"
        className={styles.summary}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        <span className={styles.tick} aria-hidden="true" />
        <span data-part="summary" className={styles.summaryText} />
      </button>
      <dl id={id} className={styles.equation} data-open={isOpen ? '' : undefined}>
        {TERMS.map((term, index) => (
          <div key={term} data-sign={index === 0 ? '' : index === 1 ? '=' : '+'}>
            <dd data-term={term} data-count="0">
              0
            </dd>
            <dt>{TERM_WORDS[term]}</dt>
          </div>
        ))}
      </dl>
      <span className={styles.lost} data-part="lost">
        0 lost
      </span>
    </div>
  );
}

const ALIGN = ['start', 'center', 'end', 'end', 'end'] as const;
const skeletonWidth = (row: number, column: number): number => [72, 7, 48, 28 + ((row * 29) % 18), 0][column];

function TapeSkeleton() {
  return <SkeletonRows count={60} columns="90px 20px var(--price) 1fr 34px" widthOf={skeletonWidth} align={ALIGN} />;
}

function PressureSkeleton() {
  return (
    <div className={styles.pressureSkeleton} aria-hidden="true">
      <SkeletonBar width={160} />
      <SkeletonBar width={48} align="end" />
    </div>
  );
}
