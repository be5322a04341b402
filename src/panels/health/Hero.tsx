import type { PageHealth } from '@/store/health-store.ts';
import { CountChip } from '@/ui/CountChip.tsx';
import controls from '@/ui/controls.module.css';
import { countFeeds, countsSentence } from '@/ui/feed-counts.ts';
import { Download } from '@/ui/icons.ts';
import type { FeedRow } from './feed-rows.ts';
import styles from './health.module.css';
import { heroFigures } from './hero-figures.ts';

interface HeroProps {
  readonly rows: readonly FeedRow[];
  readonly page: PageHealth | null;
  /** Not empty while what is shown is no longer told: since when. */
  readonly asOf: string;
  readonly onExport: () => void;
}

/** The answer first: how many feeds are live, what the others are, and the figures that matter. */
export function Hero({ rows, page, asOf, onExport }: HeroProps) {
  const feeds = rows.map(({ status, simulated }) => ({ state: status?.state ?? 'connecting', simulated }) as const);
  const counts = countFeeds(feeds);
  return (
    <header className={styles.hero}>
      <h1 data-counts="">{asOf === '' ? countsSentence(counts) : `Unknown since ${asOf}`}</h1>
      <span className={styles.chips}>
        {asOf === '' && counts.rest.map((count) => <CountChip key={count.word} {...count} />)}
        {counts.total > 0 && counts.simulated > 0 && (
          <CountChip word="simulated" count={counts.simulated} tone="sim" state="live" />
        )}
        {asOf !== '' && <span>The data engine does not answer. What stands here is what it said last.</span>}
      </span>
      <dl className={styles.heroFigures}>
        {heroFigures(rows, page).map(({ name, text, isBad }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd data-figure={name} data-bad={isBad ? '' : undefined}>
              {text}
            </dd>
          </div>
        ))}
      </dl>
      <button type="button" className={`${controls.button} ${styles.export}`} onClick={onExport}>
        <Download size={16} strokeWidth={1.5} absoluteStrokeWidth aria-hidden="true" />
        Export report
      </button>
    </header>
  );
}
