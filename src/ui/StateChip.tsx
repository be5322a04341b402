import { Check, Clock, OctagonAlert, Plug, RefreshCw, Rewind, TriangleAlert, WifiOff } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { type ChannelStatus, chipSpoken, chipText, type FeedState } from '@/market/feed-state.ts';
import { onTick, pageNow } from './page-clock.ts';
import styles from './state-chip.module.css';
import type { StatusSource } from './status-source.ts';
import { useFeedState, useStatusValue } from './use-status.ts';

/** A chip that the feed has not refreshed for this long says nothing it cannot know. */
const UNHEARD_MS = 2000;

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

/** Whether the feed has been silent towards the page for so long that a state may no longer be told. */
export const isUnheard = (heardAt: number, now: number): boolean => heardAt > 0 && now - heardAt > UNHEARD_MS;

/** Text and accessible name of a chip at `now`; `mountedAt` dates a wait that no status has begun yet. */
export function chipWords(
  status: ChannelStatus | null,
  heardAt: number,
  now: number,
  mountedAt: number,
): { readonly text: string; readonly spoken: string } {
  if (isUnheard(heardAt, now)) return { text: '?', spoken: 'unknown, the data engine has not answered' };
  if (!status) {
    const age = (Math.max(0, now - mountedAt) / 1000).toFixed(1);
    return { text: `Connecting ${age} s`, spoken: 'connecting' };
  }
  return { text: chipText(status, now), spoken: chipSpoken(status, now) };
}

/** The state of what a panel shows, with its proof and age: a function of now. */
export function StateChip({ source }: { readonly source: StatusSource }) {
  const state = useFeedState(source) ?? 'connecting';
  const proof = useStatusValue(source, (status) => status?.proof ?? 'unverified');
  const chip = useRef<HTMLSpanElement>(null);
  const label = useRef<HTMLSpanElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new state or proof is written at once, not on the next tick
  useEffect(() => {
    const element = chip.current;
    const view = element?.ownerDocument.defaultView;
    if (!element || !label.current || !view) return;
    const mountedAt = pageNow();
    const text = label.current;
    const write = (): void => {
      const words = chipWords(source.read(), source.heardAt(), pageNow(), mountedAt);
      if (text.textContent !== words.text) text.textContent = words.text;
      if (element.getAttribute('aria-label') !== words.spoken) element.setAttribute('aria-label', words.spoken);
      element.toggleAttribute('data-unheard', words.text === '?');
    };
    write();
    return onTick(view, write);
  }, [source, state, proof]);

  const { tone, icon: Icon } = LOOKS[state];
  return (
    <span ref={chip} role="img" className={styles.chip} data-tone={tone} data-state={state} data-proof={proof}>
      {Icon && <Icon size={12} strokeWidth={2} absoluteStrokeWidth aria-hidden="true" />}
      <span ref={label} className={styles.text} />
    </span>
  );
}
