import { useCallback, useState } from 'react';
import type { ChannelStatus } from '@/market/feed-state.ts';
import { pageNow } from './page-clock.ts';
import styles from './state-foot.module.css';
import type { StatusSource } from './status-source.ts';
import { footWords } from './status-words.ts';
import { useCountingText, useFeedState } from './use-status.ts';

interface StateFootProps {
  readonly source: StatusSource;
  readonly venueName: string;
}

/** The sentence in the 24 px foot of a panel whose figures are not current. */
export function StateFoot({ source, venueName }: StateFootProps) {
  const [mountedAt] = useState(pageNow);
  const state = useFeedState(source);
  const words = useCallback(
    (status: ChannelStatus | null, now: number) => footWords(status, now, venueName, mountedAt),
    [venueName, mountedAt],
  );
  const text = useCountingText<HTMLSpanElement>(source, words);
  return <span ref={text} className={styles.foot} data-tone={state === 'stale' ? 'warn' : 'plain'} />;
}
