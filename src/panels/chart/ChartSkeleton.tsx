import styles from './chart.module.css';

/** Middle and length of made-up candles, in percent of the height: the shape of a market, and no market's. */
const SHAPES = Array.from({ length: 64 }, (_, i) => ({
  middle: 46 + 14 * Math.sin(i / 7) + 9 * Math.sin(i / 2.6 + 1),
  length: 5 + 4 * Math.abs(Math.sin(i * 1.7)),
  volume: 4 + 9 * Math.abs(Math.sin(i * 2.3) * Math.sin(i / 5)),
}));

/** A chart at its final size while there are no candles to put in it. */
export function ChartSkeleton() {
  return (
    <svg className={styles.skeleton} viewBox="0 0 64 100" preserveAspectRatio="none" aria-hidden="true">
      {SHAPES.map(({ middle, length, volume }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are places, not things
        <g key={i}>
          <rect x={i + 0.25} y={middle - length / 2} width={0.5} height={length} />
          <rect x={i + 0.25} y={100 - volume} width={0.5} height={volume} />
        </g>
      ))}
    </svg>
  );
}
