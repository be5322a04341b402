import { Check } from 'lucide-react';
import type { FeedCount } from './feed-counts.ts';
import { STATE_LOOKS } from './StateChip.tsx';
import styles from './state-chip.module.css';

/** How many feeds are in one condition: `1 rebuilding`. */
export function CountChip({ word, count, tone, state }: FeedCount) {
  const Icon = tone === 'live' ? Check : STATE_LOOKS[state].icon;
  return (
    <span className={styles.chip} data-tone={tone} data-count={word}>
      {Icon && <Icon size={12} strokeWidth={2} absoluteStrokeWidth aria-hidden="true" />}
      {count} {word}
    </span>
  );
}
