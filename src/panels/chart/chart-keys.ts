/** What a key asks of a focused chart. */
export type ChartAction =
  | { readonly kind: 'cursor'; readonly by: -1 | 1 }
  | { readonly kind: 'scroll'; readonly by: -1 | 1 }
  | { readonly kind: 'zoom'; readonly by: -1 | 1 }
  | { readonly kind: 'reset' }
  | { readonly kind: 'oldest' }
  | { readonly kind: 'live' }
  | { readonly kind: 'leave' }
  | { readonly kind: 'interval'; readonly text: string }
  | { readonly kind: 'search'; readonly letter: string };

export type KeyStroke = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'isComposing'> & {
  readonly code?: string;
};

const PLAIN: Readonly<Record<string, ChartAction>> = {
  ArrowLeft: { kind: 'cursor', by: -1 },
  ArrowRight: { kind: 'cursor', by: 1 },
  Home: { kind: 'oldest' },
  End: { kind: 'live' },
  Escape: { kind: 'leave' },
  ',': { kind: 'interval', text: '' },
};

const WITH_CTRL: Readonly<Record<string, ChartAction>> = {
  ArrowLeft: { kind: 'scroll', by: -1 },
  ArrowRight: { kind: 'scroll', by: 1 },
  ArrowUp: { kind: 'zoom', by: 1 },
  ArrowDown: { kind: 'zoom', by: -1 },
};

/** What a key means here; null leaves it to the app and the browser. */
export function chartAction(stroke: KeyStroke): ChartAction | null {
  if (stroke.isComposing) return null;
  if (stroke.altKey) return !stroke.ctrlKey && !stroke.metaKey && isKeyR(stroke) ? { kind: 'reset' } : null;
  if (stroke.ctrlKey || stroke.metaKey) return stroke.shiftKey ? null : own(WITH_CTRL, stroke.key);
  if (/^[0-9]$/.test(stroke.key)) return { kind: 'interval', text: stroke.key };
  if (/^\p{L}$/u.test(stroke.key)) return { kind: 'search', letter: stroke.key };
  return stroke.shiftKey ? null : own(PLAIN, stroke.key);
}

/** Alt changes the letter on some keyboards, so the place of the key counts as well. */
const isKeyR = (stroke: KeyStroke): boolean => stroke.key === 'r' || stroke.key === 'R' || stroke.code === 'KeyR';

const own = (table: Readonly<Record<string, ChartAction>>, key: string): ChartAction | null =>
  Object.hasOwn(table, key) ? table[key] : null;
