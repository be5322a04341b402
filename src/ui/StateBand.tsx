import { useCallback } from 'react';
import type { ChannelStatus } from '@/market/feed-state.ts';
import styles from './state-band.module.css';
import type { StatusSource } from './status-source.ts';
import { bandWords } from './status-words.ts';
import { useCountingText } from './use-status.ts';

interface StateBandProps {
  readonly source: StatusSource;
  readonly venueName: string;
  /** Offered while a reconnect is counting down. */
  readonly onTryNow?: () => void;
  readonly canTryNow?: boolean;
}

/** The 32 px strip that takes the place of figures which may not be shown as current. */
export function StateBand({ source, venueName, onTryNow, canTryNow }: StateBandProps) {
  const lead = useCallback(
    (status: ChannelStatus | null, now: number) => (status ? bandWords(status, now, venueName).lead : ''),
    [venueName],
  );
  const text = useCallback(
    (status: ChannelStatus | null, now: number) => (status ? bandWords(status, now, venueName).text : ''),
    [venueName],
  );
  const leadRef = useCountingText<HTMLElement>(source, lead);
  const textRef = useCountingText<HTMLSpanElement>(source, text);
  return (
    <div className={styles.band}>
      <b ref={leadRef} className={styles.lead} />
      <span ref={textRef} className={styles.text} />
      {canTryNow && onTryNow && (
        <button type="button" className={styles.now} onClick={onTryNow}>
          Try now
        </button>
      )}
    </div>
  );
}
