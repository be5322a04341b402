import { Check, Clock, OctagonAlert, Plug, RefreshCw, Rewind, TriangleAlert, WifiOff } from 'lucide-react';
import { type ReactNode, type RefObject, useLayoutEffect, useRef } from 'react';
import type { FeedState } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import { askHealth } from './ask-health.ts';
import { onTick, pageNow } from './page-clock.ts';
import styles from './state-chip.module.css';
import type { StatusSource } from './status-source.ts';
import { chipWords } from './status-words.ts';
import { useFeedState, useStatusValue } from './use-status.ts';

type Tone = 'live' | 'plain' | 'warn' | 'bad' | 'sim';

/** Tone and icon of a state, wherever it is shown. */
export const STATE_LOOKS: Record<FeedState, { readonly tone: Tone; readonly icon: typeof Check | null }> = {
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

interface StateChipProps {
  readonly source: StatusSource;
  /** Whose state it is: pressed, the chip shows the health of that feed. Without one it only tells. */
  readonly instrument?: InstrumentId;
}

/** The state of what a panel shows, with its proof and age: a function of now. */
export function StateChip({ source, instrument }: StateChipProps) {
  const state = useFeedState(source) ?? 'connecting';
  const proof = useStatusValue(source, (status) => status?.proof ?? 'unverified');
  const chip = useRef<HTMLElement>(null);
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

  const { tone, icon: Icon } = STATE_LOOKS[state];
  return (
    <ChipShell element={chip} instrument={instrument} data-tone={tone} data-state={state} data-proof={proof}>
      {Icon && <Icon size={12} strokeWidth={2} absoluteStrokeWidth aria-hidden="true" />}
      <span className={styles.text} aria-hidden="true">
        <span ref={sign} className={styles.sign} />
        <span ref={label} />
      </span>
    </ChipShell>
  );
}

interface ChipShellProps {
  readonly element: RefObject<HTMLElement | null>;
  readonly instrument: InstrumentId | undefined;
  readonly 'data-tone': Tone;
  readonly 'data-state': FeedState;
  readonly 'data-proof': string;
  readonly children: ReactNode;
}

/** A button where there is something to open, else a note. */
function ChipShell({ element, instrument, children, ...data }: ChipShellProps) {
  const take = (made: HTMLElement | null): void => {
    element.current = made;
  };
  if (instrument === undefined) {
    return (
      <span ref={take} role="note" className={styles.chip} {...data}>
        {children}
      </span>
    );
  }
  return (
    <button
      ref={take}
      type="button"
      className={styles.chip}
      title="Show the health of this feed"
      onClick={(event) => askHealth(event.currentTarget.ownerDocument, instrument)}
      {...data}
    >
      {children}
    </button>
  );
}
