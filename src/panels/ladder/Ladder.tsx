// biome-ignore-all lint/a11y/useSemanticElements: rows are patched in place sixty times a second, a table would lay itself out again
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { formatTrimmed } from '@/market/decimal.ts';
import { type InstrumentInfo, parseInstrumentId } from '@/market/instrument.ts';
import { venueName } from '@/market/venue-name.ts';
import { declareNeed, openInstrument, withdrawNeed } from '@/store/desk-store.ts';
import { feedPort } from '@/store/feed-port.ts';
import { type InstrumentRecord, marketStore, recordOf } from '@/store/market-store.ts';
import { statusSource } from '@/store/status-source.ts';
import { useInstrumentInfo, useMarketSample } from '@/store/use-market-sample.ts';
import { IconButton } from '@/ui/IconButton.tsx';
import { Crosshair, Minus, Plus } from '@/ui/icons.ts';
import { PanelFrame } from '@/ui/PanelFrame.tsx';
import type { PanelProps } from '@/ui/panel.ts';
import { SkeletonBar, SkeletonRows } from '@/ui/Skeleton.tsx';
import { StateBand } from '@/ui/StateBand.tsx';
import { StateCard } from '@/ui/StateCard.tsx';
import { StateFoot } from '@/ui/StateFoot.tsx';
import { lookOf } from '@/ui/status-words.ts';
import { useFeedState, useStatusValue } from '@/ui/use-status.ts';
import styles from './ladder.module.css';
import {
  type LadderConfig,
  MODES,
  nextGroup,
  offeredGroups,
  readConfig,
  wantedGroup,
  withGroup,
} from './ladder-config.ts';
import { handleLadderKey, listenToHands } from './ladder-input.ts';
import { LadderPainter, type LadderWindow } from './ladder-painter.ts';

/** Levels a side asked for: more than any view holds, so that ordinary moves of the market need no window. */
const BEST_LEVELS = 200;
const DEMO = 'demo:BTC-USD';

/** A price in one significant digit: group sizes follow its magnitude, and nothing renders for less. */
const roughPrice = (record: InstrumentRecord | undefined): number => {
  const ticks = record?.lastTrade?.ticks ?? record?.book?.top.bidTicks[0] ?? 0;
  return ticks > 0 ? Number(ticks.toPrecision(1)) : 0;
};

/**
 * The order book as a ladder: a still axis of prices, bids on its left, asks on its right. Another instrument is another
 * ladder: no figure of the former one may stand in it for a moment.
 */
export function Ladder(props: PanelProps) {
  return <LadderOf key={props.instrument} {...props} />;
}

function LadderOf({ panelId, instrument, config: stored, setConfig }: PanelProps) {
  const id = useMemo(() => parseInstrumentId(instrument), [instrument]);
  const info = useInstrumentInfo(instrument);
  const source = statusSource(instrument, ['book']);
  const venue = info?.venueName ?? (id ? venueName(id.venue) : '');
  const config = useMemo(() => readConfig(stored), [stored]);
  const price = useMarketSample(instrument, roughPrice);
  const groups = useMemo(() => (info ? offeredGroups(info, price) : []), [info, price]);
  const group = info ? wantedGroup(info, config.groups[instrument]) : 0;
  const hasBook = useSyncExternalStore(marketStore.subscribe, () => recordOf(instrument)?.book != null);
  const look = lookOf(useFeedState(source), hasBook && info !== null);

  const chooseGroup = (ticks: number): void => {
    if (info && ticks !== group) setConfig(withGroup(config, instrument, ticks, info));
  };
  const stepGroup = (direction: -1 | 1): void => chooseGroup(nextGroup(groups, group, direction));
  const ladder = useLadderPainter({ panelId, instrument, mode: config.mode, group, info, onGroup: stepGroup });

  const handleKey = (event: KeyboardEvent<HTMLElement>): void => {
    const target = event.target as Element;
    if (!ladder.painter.current || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (target.closest('select, input, textarea')) return;
    const isOnButton = target.closest('button') !== null;
    const hands = { painter: ladder.painter.current, onGroup: stepGroup };
    if (!handleLadderKey(event.key, hands, isOnButton)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <PanelFrame
      kind="ladder"
      title="Order book"
      panelId={panelId}
      instrument={instrument}
      symbol={id?.symbol ?? instrument}
      venueName={venue}
      flags={{ simulated: info?.simulated ?? id?.venue === 'demo', local: info?.local ?? false }}
      status={source}
      onKeyDown={handleKey}
      actions={
        <IconButton icon={Crosshair} label="Recentre" shortcut=" " onPress={() => ladder.painter.current?.recentre()} />
      }
      toolRow={
        <LadderTools
          info={info}
          groups={groups}
          group={group}
          config={config}
          onGroup={chooseGroup}
          onStep={stepGroup}
          onMode={(mode) => setConfig({ ...config, mode })}
        />
      }
    >
      <div ref={ladder.root} className={styles.ladder} data-look={look}>
        <div className={styles.head32}>
          {look === 'skeleton' && <StripSkeleton />}
          {(look === 'stale' || look === 'dated' || (look === 'card' && hasBook)) && (
            <Band source={source} venue={venue} instrument={instrument} />
          )}
          <Strip />
        </div>
        <div
          ref={ladder.grid}
          className={styles.grid}
          role="grid"
          aria-label={`Order book ${id?.symbol ?? instrument}`}
          aria-readonly="true"
          tabIndex={0}
        >
          <Heads unit={info?.sizeUnit ?? ''} />
          <div className={styles.bodyFrame}>
            <div ref={ladder.body} className={styles.body} />
            {(look === 'skeleton' || (look === 'card' && !hasBook)) && <LadderSkeleton />}
          </div>
        </div>
        <div className={styles.foot}>
          <FootSums />
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

interface LadderPainterOptions {
  readonly panelId: string;
  readonly instrument: InstrumentRecord['id'];
  readonly mode: LadderConfig['mode'];
  readonly group: number;
  readonly info: InstrumentInfo | null;
  readonly onGroup: (direction: -1 | 1) => void;
}

/** The painter of a mounted ladder, and its need of the book while it is mounted. */
function useLadderPainter({ panelId, instrument, mode, group, info, onGroup }: LadderPainterOptions) {
  const root = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const painter = useRef<LadderPainter | null>(null);
  const latestOnGroup = useRef(onGroup);
  const [window, setWindow] = useState<LadderWindow | null>(null);
  useEffect(() => {
    latestOnGroup.current = onGroup;
  });

  useEffect(() => {
    if (!root.current || !grid.current || !body.current) return;
    const made = new LadderPainter({
      panelId,
      instrument,
      root: root.current,
      grid: grid.current,
      body: body.current,
      onWindow: setWindow,
    });
    const stop = listenToHands(grid.current, {
      painter: made,
      onGroup: (direction) => latestOnGroup.current(direction),
    });
    painter.current = made;
    return () => {
      stop();
      made.dispose();
      painter.current = null;
      setWindow(null);
    };
  }, [panelId, instrument]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new painter is told its settings too
  useEffect(() => painter.current?.configure(mode, group), [mode, group, panelId, instrument]);

  const priceDecimals = info?.grid.priceDecimals ?? 0;
  useEffect(() => {
    const range = window !== null && window.priceDecimals === priceDecimals ? window.range : null;
    declareNeed(panelId, { instrument, book: { best: BEST_LEVELS, priceDecimals, step: group, window: range } });
  }, [panelId, instrument, priceDecimals, group, window]);
  useEffect(() => () => withdrawNeed(panelId), [panelId]);

  return { root, grid, body, painter };
}

interface LadderToolsProps {
  readonly info: InstrumentInfo | null;
  readonly groups: readonly number[];
  readonly group: number;
  readonly config: LadderConfig;
  readonly onGroup: (ticks: number) => void;
  readonly onStep: (direction: -1 | 1) => void;
  readonly onMode: (mode: LadderConfig['mode']) => void;
}

function LadderTools({ info, groups, group, config, onGroup, onStep, onMode }: LadderToolsProps) {
  const text = (ticks: number): string => (info ? formatTrimmed(ticks, info.grid.priceDecimals) : '');
  const offered = groups.includes(group) ? groups : [...groups, group].sort((a, b) => a - b);
  return (
    <>
      <span className={styles.caption}>Group</span>
      <span className={styles.stepper}>
        <IconButton
          icon={Minus}
          label="Finer group"
          shortcut="["
          size="tool"
          disabled={!info || nextGroup(groups, group, -1) === group}
          onPress={() => onStep(-1)}
        />
        <select
          className={styles.group}
          aria-label="Group size"
          value={group}
          disabled={!info}
          onChange={(event) => onGroup(Number(event.target.value))}
        >
          {info ? (
            offered.map((ticks) => (
              <option key={ticks} value={ticks}>
                {text(ticks)}
              </option>
            ))
          ) : (
            <option value={0}>–</option>
          )}
        </select>
        <IconButton
          icon={Plus}
          label="Coarser group"
          shortcut="]"
          size="tool"
          disabled={!info || nextGroup(groups, group, 1) === group}
          onPress={() => onStep(1)}
        />
      </span>
      <span className={styles.rule} />
      <select
        className={styles.mode}
        aria-label="Recentre the ladder"
        value={config.mode}
        onChange={(event) => onMode(MODES.find((each) => each.mode === event.target.value)?.mode ?? 'near-edge')}
      >
        {MODES.map(({ mode, label }) => (
          <option key={mode} value={mode}>
            {label}
          </option>
        ))}
      </select>
      <span className={styles.unit}>
        Size <span>{info?.sizeUnit ?? ''}</span>
      </span>
    </>
  );
}

/** Elements of the strip; the painter writes them. */
function Strip() {
  return (
    <div className={styles.strip}>
      <span className={styles.bestBid} title="Best bid">
        <span data-part="bid-head" />
        <u data-part="bid-pips" />
      </span>
      <span className={styles.spread}>
        <span data-part="direction" role="img" className={styles.direction} />
        <span data-part="spread" />
      </span>
      <span className={styles.bestAsk} title="Best ask">
        <span data-part="ask-head" />
        <u data-part="ask-pips" />
      </span>
    </div>
  );
}

function Heads({ unit }: { readonly unit: string }) {
  return (
    <div role="row" className={styles.heads} tabIndex={-1}>
      <span role="columnheader" className={styles.bidHead} tabIndex={-1}>
        <span>Bid</span> <span className={styles.headUnit}>{unit}</span>
      </span>
      <span role="columnheader" className={styles.priceHead} tabIndex={-1}>
        Price
      </span>
      <span role="columnheader" className={styles.askHead} tabIndex={-1}>
        <span>Ask</span> <span className={styles.headUnit}>{unit}</span>
      </span>
    </div>
  );
}

function FootSums() {
  return (
    <div className={styles.sums}>
      <span className={styles.bidSum} data-part="bid-sum" title="Bid size of the rows in view" />
      <span className={styles.balance} aria-hidden="true">
        <i className={styles.share} data-part="bid-share" />
      </span>
      <span className={styles.askSum} data-part="ask-sum" title="Ask size of the rows in view" />
      <span className={styles.note} data-part="market-note" />
    </div>
  );
}

interface BandProps {
  readonly source: ReturnType<typeof statusSource>;
  readonly venue: string;
  readonly instrument: InstrumentRecord['id'];
}

function Band({ source, venue, instrument }: BandProps) {
  const isWaiting = useStatusValue(source, (status) => (status?.retryAt ?? 0) > 0 && status?.state === 'resyncing');
  const retry = useCallback(() => feedPort().retry(instrument), [instrument]);
  return <StateBand source={source} venueName={venue} canTryNow={isWaiting} onTryNow={retry} />;
}

const SKELETON_ALIGN = ['end', 'center', 'end'] as const;
/** Widths without a pattern that the eye would read as data. */
const skeletonWidth = (row: number, column: number): number => {
  if (column === 1) return 42;
  const isAsk = row % 40 < 9;
  return (column === 2) === isAsk ? 30 + ((row * 37) % 22) : 0;
};

function LadderSkeleton() {
  return (
    <SkeletonRows count={60} columns="1fr var(--price, 72px) 1fr" widthOf={skeletonWidth} align={SKELETON_ALIGN} />
  );
}

function StripSkeleton() {
  return (
    <div className={styles.stripSkeleton} aria-hidden="true">
      <SkeletonBar width={64} />
      <SkeletonBar width={64} align="end" />
    </div>
  );
}
