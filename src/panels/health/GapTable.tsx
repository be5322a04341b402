import type { InstrumentId } from '@/market/instrument.ts';
import { clockMillisText } from '@/ui/page-clock.ts';
import type { FeedRow } from './feed-rows.ts';
import { gapRows } from './gap-rows.ts';
import styles from './health.module.css';
import { NONE } from './health-words.ts';
import { Section } from './Section.tsx';

interface GapTableProps {
  readonly rows: readonly FeedRow[];
  readonly from: number;
  readonly now: number;
  readonly minutes: number;
  readonly onSelect: (id: InstrumentId) => void;
}

/** Every break in what came: what was expected, what came instead, what is missing and when it was whole again. */
export function GapTable({ rows, from, now, minutes, onSelect }: GapTableProps) {
  const gaps = gapRows(rows, from, now);
  return (
    <Section title="Gaps" className={styles.gaps} note={`${gaps.length} in the last ${minutes} min`}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={styles.scroll} tabIndex={0} aria-label="Breaks in what came">
        <table>
          <thead>
            <tr>
              <th data-text="">Time UTC</th>
              <th data-text="">Instrument</th>
              <th>Expected</th>
              <th>Got</th>
              <th>Missing</th>
              <th>Healed in</th>
            </tr>
          </thead>
          <tbody>
            {gaps.map((gap) => (
              <tr key={gap.key} data-gap={gap.cause} onClick={() => onSelect(gap.id)}>
                <td data-text="">{clockMillisText(gap.at)}</td>
                <td data-text="">{gap.symbol}</td>
                <td data-none={gap.isNumber ? undefined : ''}>{gap.expected}</td>
                <td>{gap.got}</td>
                <td data-bad={gap.missing === NONE ? undefined : ''}>{gap.missing}</td>
                <td data-bad={gap.isOpen ? '' : undefined}>{gap.healed}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {gaps.length === 0 && <p className={styles.empty}>Nothing was missing.</p>}
      </section>
      <p className={styles.foot}>While a book is rebuilt its panels say so, and keep the last good one, dimmed</p>
    </Section>
  );
}
