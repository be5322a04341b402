import { useHealth } from '@/store/health-store.ts';
import type { FeedRow } from './feed-rows.ts';
import styles from './health.module.css';
import { countText, msText, NONE, signedMs } from './health-words.ts';
import { type LagPlot, lagPlot, placeOf, tickText } from './lag-plot.ts';
import { Section } from './Section.tsx';
import { useSize } from './use-size.ts';

/** How late the selected feed is, and where a frame's time goes on its way to the screen. */
export function LagPanel({ row }: { readonly row: FeedRow | undefined }) {
  const lag = row?.view?.lag ?? null;
  const offset = row?.view?.clockOffsetMs ?? null;
  const error = row?.view?.clockErrorMs ?? null;
  return (
    <Section
      title="Lag"
      className={styles.lag}
      note={
        row ? (
          <>
            <span className={styles.strong}>
              {row.symbol} · {row.venue}
            </span>{' '}
            venue’s stamp to arrival, last 5 min
          </>
        ) : null
      }
    >
      <dl className={styles.spread}>
        <Part name="p50" text={msText(lag?.p50)} />
        <Part name="p95" text={msText(lag?.p95)} />
        <Part name="p99" text={msText(lag?.p99)} />
        <Part name="max" text={msText(lag?.max)} />
        <Part
          name="clock offset"
          text={offset === null ? NONE : signedMs(offset)}
          margin={offset === null || error === null ? '' : ` ± ${Math.ceil(error)}`}
        />
      </dl>
      <Histogram row={row} />
      <Budget row={row} />
    </Section>
  );
}

interface PartProps {
  readonly name: string;
  readonly text: string;
  /** How far it may be wrong; empty when that is not said. */
  readonly margin?: string;
}

function Part({ name, text, margin = '' }: PartProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-lag={name}>
        <b>{text}</b>
        {text !== NONE && <small>{margin} ms</small>}
      </dd>
    </div>
  );
}

const LEFT = 40;
const RIGHT = 12;
const TOP = 16;
const BOTTOM = 26;

function Histogram({ row }: { readonly row: FeedRow | undefined }) {
  const [ref, { width, height }] = useSize<HTMLDivElement>();
  const lag = row?.view?.lag ?? null;
  const plot = row?.view && lag ? lagPlot(row.view.lagCounts) : null;
  const label =
    lag === null
      ? 'Lag histogram: nothing measured yet'
      : `Lag histogram of ${countText(lag.n)} messages: half within ${msText(lag.p50)} ms, 95 % within ${msText(lag.p95)} ms`;
  return (
    <div ref={ref} className={styles.plot}>
      {plot && width > 0 && height > 60 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          <Bars plot={plot} width={width} height={height} />
          {lag && <Marks plot={plot} width={width} height={height} marks={[lag.p50, lag.p95, lag.p99]} />}
        </svg>
      )}
      {!plot && (
        <p className={styles.empty}>
          {row?.view ? 'Lag cannot be known yet: no stamps of the venue, or time runs at another rate.' : ''}
        </p>
      )}
    </div>
  );
}

interface BarsProps {
  readonly plot: LagPlot;
  readonly width: number;
  readonly height: number;
}

const along = (ms: number, plot: LagPlot, width: number): number => LEFT + placeOf(ms, plot) * (width - LEFT - RIGHT);
const up = (share: number, plot: LagPlot, height: number): number =>
  TOP + (1 - share / plot.top) * (height - TOP - BOTTOM);

function Bars({ plot, width, height }: BarsProps) {
  const floor = height - BOTTOM;
  return (
    <>
      {plot.shares.map((share) => {
        const y = Math.round(up(share, plot, height)) + 0.5;
        return (
          <g key={share}>
            <line className={styles.gridLine} x1={LEFT} x2={width - RIGHT} y1={y} y2={y} />
            <text x={LEFT - 6} y={y + 4} textAnchor="end">
              {Math.round(share * 1_000) / 10} %
            </text>
          </g>
        );
      })}
      {plot.bars.map(({ from, to, share }) => {
        const x = along(from, plot, width);
        const y = Math.min(floor - 1, up(share, plot, height));
        return (
          <rect
            key={from}
            className={styles.bar}
            x={x + 1}
            y={y}
            width={Math.max(1, along(to, plot, width) - x - 2)}
            height={floor - y}
          />
        );
      })}
      {plot.ticks.map((tick) => (
        <text key={tick} x={along(tick, plot, width)} y={height - 8} textAnchor="middle">
          {tickText(tick)}
        </text>
      ))}
    </>
  );
}

/** Least distance of two names beside their lines; nearer ones stand without. */
const NAME_WIDTH = 28;

function Marks({ plot, width, height, marks }: BarsProps & { readonly marks: readonly number[] }) {
  const places = marks.map((ms) => along(ms, plot, width));
  return (
    <>
      {['p50', 'p95', 'p99'].map((name, index) => {
        const x = places[index];
        // The first stands to the left of its line where the next one is near, the middle one then goes without.
        const isNear = index + 1 < places.length && places[index + 1] - x < NAME_WIDTH;
        const isLeft = (index === 0 && isNear && x > LEFT + NAME_WIDTH) || x + NAME_WIDTH > width;
        const isNamed = isLeft || !isNear;
        return (
          <g key={name} className={styles.mark}>
            <line x1={x} x2={x} y1={TOP - 4} y2={height - BOTTOM} />
            {isNamed && (
              <text x={isLeft ? x - 4 : x + 4} y={TOP + 4} textAnchor={isLeft ? 'end' : 'start'}>
                {name}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
}

interface Half {
  readonly p50: number;
  readonly p95: number;
}

/** Where the time goes: from the venue to the pixels. */
function Budget({ row }: { readonly row: FeedRow | undefined }) {
  const stages = useHealth((state) => state.stages);
  const page = useHealth((state) => state.page);
  const parts: readonly (readonly [name: string, title: string, half: Half | null])[] = [
    ['wire', 'Venue’s stamp to arrival, of the selected feed', row?.view?.lag ?? null],
    ['decode', 'A message read, in the worker', stages.decode],
    ['book', 'Its diff put into the book, in the worker', stages.book],
    ['frame', 'From the oldest message of a frame to its arrival on the page', page?.toPage ?? null],
    ['paint', 'From there to the pixels', page?.toPixel ?? null],
  ];
  return (
    <dl className={styles.budget} aria-label="A frame’s budget, p50 and p95 in ms">
      {parts.map(([name, title, half]) => (
        <div key={name} title={title}>
          <dt>{name}</dt>
          <dd data-stage={name}>
            {msText(half?.p50)} <small>/ {msText(half?.p95)}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}
