import type { PageHealth } from '@/store/health-store.ts';
import { Check, Minus, TriangleAlert } from '@/ui/icons.ts';
import type { FeedRow } from './feed-rows.ts';
import styles from './health.module.css';
import { type FactTone, proofFacts, unprovenWords } from './health-facts.ts';
import { Section } from './Section.tsx';

interface ProofPanelProps {
  readonly rows: readonly FeedRow[];
  readonly page: PageHealth | null;
}

const ICONS: Record<FactTone, readonly [icon: typeof Check, word: string]> = {
  holds: [Check, 'holds'],
  caught: [TriangleAlert, 'was broken and noticed'],
  untried: [Minus, 'not tried'],
};

/** Why the numbers can be trusted: facts with counts. */
export function ProofPanel({ rows, page }: ProofPanelProps) {
  return (
    <Section title="Proof" className={styles.proof} note="why these numbers can be trusted">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <ul className={styles.facts} tabIndex={0} aria-label="Proof">
        {proofFacts(rows, page).map(({ key, title, detail, figure, tone }) => {
          const [Icon, word] = ICONS[tone];
          return (
            <li key={key} data-fact={key} data-tone={tone}>
              <Icon size={14} strokeWidth={2} absoluteStrokeWidth aria-label={word} role="img" />
              <span>
                {title}
                <small>{detail}</small>
              </span>
              <b>{figure}</b>
            </li>
          );
        })}
      </ul>
      <p className={styles.foot}>{unprovenWords(rows)}</p>
    </Section>
  );
}
