import { Check, Clock, OctagonAlert, Plug, RefreshCw, Rewind, TriangleAlert, WifiOff } from 'lucide-react';
import { useLayoutEffect, useRef } from 'react';
import type { FeedState } from '@/market/feed-state.ts';
import { onTick, pageNow } from './page-clock.ts';
import styles from './state-chip.module.css';
import type { StatusSource } from './status-source.ts';
import { chipWords } from './status-words.ts';
import { useFeedState, useStatusValue } from './use-status.ts';

type Tone = 'live' | 'plain' | 'warn' | 'bad' | 'sim';

const LOOKS: Record<FeedState, { readonly tone: Tone; readonly icon: typeof Check | null }> = {
  connecting: { tone: 'plain', icon: null },
  syncing: { tone: 'plain', icon: null },
  live: { tone: 'live', icon: Check },
  lagging: { tone: 'warn', icon: Clock },
  stale: { tone: 'warn', icon: TriangleAlert },
  resyncing: { tone: 'warn', icon: RefreshCw },
  offline: { tone: 'warn', icon: WifiOff },
  'rate-limited': { tone: 'warn', icon: Clock },
  rejected: { tone: 'bad', icon: OctagonAlert },
  blocked: { tone: 'bad', icon: Plug },
  replay: { tone: 'sim', icon: Rewind },
};

/** The state of what a panel shows, with its proof and age: a function of now. */
export function StateChip({ source }: { readonly source: StatusSource }) {
  const state = useFeedState(source) ?? 'connecting';
  const proof = useStatusValue(source, (status) => status?.proof ?? 'unverified');
  const chip = useRef<HTMLSpanElement>(null);
  const label = useRef<HTMLSpanElement>(null);
  const sign = useRef<HTMLSpanElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new state or proof is written at once, not on the next tick
  useLayoutEffect(() => {
    const element = chip.current;
    const view = element?.ownerDocument.defaultView;
    if (!element || !label.current || !sign.current || !view) return;
    const mountedAt = pageNow();
    const text = label.current;
    const mark = sign.current;
    const write = (): void => {
      const words = chipWords(source.read(), source.heardAt(), pageNow(), mountedAt);
      if (text.textContent !== words.text) text.textContent = words.text;
      if (element.getAttribute('aria-label') !== words.spoken) element.setAttribute('aria-label', words.spoken);
      const isUnheard = words.text === '?';
      element.toggleAttribute('data-unheard', isUnheard);
      const check = state === 'live' && !isUnheard ? '✓ ' : '';
      if (mark.textContent !== check) mark.textContent = check;
    };
    write();
    return onTick(view, write);
  }, [source, state, proof]);

  const { tone, icon: Icon } = LOOKS[state];
  return (
    <span ref={chip} role="note" className={styles.chip} data-tone={tone} data-state={state} data-proof={proof}>
      {Icon && <Icon size={12} strokeWidth={2} absoluteStrokeWidth aria-hidden="true" />}
      <span className={styles.text} aria-hidden="true">
        <span ref={sign} className={styles.sign} />
        <span ref={label} />
      </span>
    </span>
  );
}
