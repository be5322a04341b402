import styles from './feed-table.module.css';
import { type Span, type States, stretches, timelineWords } from './timeline.ts';

interface TimelineProps {
  readonly states: States | undefined;
  readonly span: Span;
  readonly isSimulated: boolean;
  /** Whose: read aloud before what it shows. */
  readonly label: string;
}

const EMPTY: States = { times: new Float64Array(0), states: new Uint8Array(0) };

/** The states of one channel as a bar, newest at the right. */
export function Timeline({ states = EMPTY, span, isSimulated, label }: TimelineProps) {
  const words = timelineWords(states, span);
  return (
    <span className={styles.timeline} role="img" aria-label={`${label}: ${words}`} title={words}>
      {stretches(states, span, isSimulated).map(({ tone, from, to }) => (
        <i
          key={from}
          data-tone={tone}
          style={{ left: `${(from * 100).toFixed(3)}%`, width: `${((to - from) * 100).toFixed(3)}%` }}
        />
      ))}
    </span>
  );
}

const KEY = [
  ['live', 'live'],
  ['starting', 'syncing'],
  ['late', 'lag or stale'],
  ['rebuilding', 'rebuilding'],
  ['down', 'down'],
  ['simulated', 'simulated'],
] as const;

/** What the colours mean. */
export function TimelineKey() {
  return (
    <span className={styles.key}>
      {KEY.map(([tone, word]) => (
        <span key={tone}>
          <i data-tone={tone} />
          {word}
        </span>
      ))}
    </span>
  );
}
