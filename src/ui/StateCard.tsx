import { OctagonAlert } from 'lucide-react';
import { useState } from 'react';
import controls from './controls.module.css';
import { faultCause, faultNext, plainText } from './fault-sentence.ts';
import { pageNow } from './page-clock.ts';
import styles from './state-card.module.css';
import type { StatusSource } from './status-source.ts';
import { useCountingText, useStatusValue } from './use-status.ts';

interface CardAction {
  readonly label: string;
  readonly run: () => void;
}

interface StateCardProps {
  readonly source: StatusSource;
  readonly venueName: string;
  /** The ways on, the best one first: `Try again`, `Open demo`, another venue. */
  readonly actions: readonly CardAction[];
}

const TITLES: Partial<Record<string, (venue: string) => string>> = {
  'unknown-symbol': (v) => `${v} does not know this symbol`,
  'subscribe-refused': (v) => `${v} refused the subscription`,
  'resync-limit': () => 'The book could not be kept right',
  'format-changed': () => 'Venue format changed, data paused',
  'unsupported-venue': (v) => `${v} is not supported yet`,
  'worker-stopped': () => 'The data engine stopped',
};

/** A refusal, over the skeleton or the dimmed picture: cause, next step, ways on. */
export function StateCard({ source, venueName, actions }: StateCardProps) {
  const kind = useStatusValue(source, (status) => status?.fault?.kind ?? '');
  const isBlocked = useStatusValue(source, (status) => status?.state === 'blocked');
  const text = useCountingText<HTMLParagraphElement>(source, (status, now) =>
    status?.fault
      ? `${faultCause(status.fault)} ${faultNext(status.fault, now, status.retryAt)}`
      : `${venueName} gave no reason.`,
  );
  const title = TITLES[kind]?.(venueName) ?? (isBlocked ? `${venueName} cannot be reached` : `${venueName} refused`);
  return (
    <div className={styles.over}>
      <section className={styles.card} aria-label={title}>
        <h4 className={styles.title}>
          <OctagonAlert size={16} strokeWidth={1.5} absoluteStrokeWidth aria-hidden="true" />
          {title}
        </h4>
        <p ref={text} className={styles.text} />
        <div className={styles.row}>
          {actions.map((action, index) => (
            <button
              key={action.label}
              type="button"
              className={controls.button}
              data-rank={index === 0 ? 'first' : 'other'}
              onClick={action.run}
            >
              {action.label}
            </button>
          ))}
          <CopyDetails text={() => detailsOf(source)} />
        </div>
      </section>
    </div>
  );
}

/** What a report of this refusal needs, as plain text. */
function detailsOf(source: StatusSource): string {
  const status = source.read();
  const fault = status?.fault;
  return [
    `state: ${status?.state ?? 'unknown'}`,
    `at: ${new Date(pageNow()).toISOString()}`,
    ...(fault
      ? [
          `kind: ${fault.kind}`,
          `venue: ${fault.venue}`,
          `instrument: ${fault.instrument ?? '-'}`,
          `since: ${new Date(fault.at).toISOString()}`,
          `detail: ${plainText(fault.detail)}`,
        ]
      : []),
  ].join('\n');
}

/** Copies on press and says whether it worked: the clipboard may be closed to a page. */
export function CopyDetails({ text }: { readonly text: () => string }) {
  const [outcome, setOutcome] = useState<'idle' | 'done' | 'failed'>('idle');
  const handlePress = (): void => {
    const clipboard = navigator.clipboard as Clipboard | undefined;
    if (!clipboard) {
      setOutcome('failed');
      return;
    }
    clipboard.writeText(text()).then(
      () => setOutcome('done'),
      () => setOutcome('failed'),
    );
  };
  return (
    <button type="button" className={controls.link} onClick={handlePress} aria-live="polite">
      {outcome === 'done' ? 'Copied' : outcome === 'failed' ? 'Could not copy' : 'Copy details'}
    </button>
  );
}
