import type { Chance } from '@/feed/clock.ts';
import { COMMON_SWAPS, swapToken } from '@/feed/testing/message-damage.ts';

const TOKENS = [
  'null',
  'true',
  '""',
  '"0"',
  '-1',
  '1e400',
  '9007199254740993',
  '[]',
  '{}',
  '"\\u0000"',
  '"__proto__"',
  '[["1","1"]]',
  '"1E5"',
  ' ',
  ',',
];

/** A text with one to three things in it changed: bytes, tokens, figures, members. */
export function spoil(text: string, chance: Chance): string {
  let spoilt = text;
  for (let times = 1 + below(3, chance); times > 0; times--) spoilt = spoilOnce(spoilt, chance);
  return spoilt;
}

function spoilOnce(text: string, chance: Chance): string {
  const at = below(text.length, chance);
  const kind = below(8, chance);
  if (kind === 0) return text.slice(0, at) + String.fromCharCode(below(256, chance)) + text.slice(at + 1);
  if (kind === 1) return text.slice(0, at) + text.slice(at + 1 + below(8, chance));
  if (kind === 2) return text.slice(0, at) + text.slice(Math.max(0, at - below(12, chance)), at) + text.slice(at);
  if (kind === 3) return text.slice(0, at);
  if (kind < 6) return replaceToken(text, at, TOKENS[below(TOKENS.length, chance)]);
  return swapToken(text, COMMON_SWAPS[below(COMMON_SWAPS.length, chance)], below(1_000, chance));
}

/** Put another token in the place of the first value after a position. */
function replaceToken(text: string, at: number, token: string): string {
  const value = /("[^"\\]*"|-?\d[\d.eE+-]*|true|false|null)(?=[,\]}])/g;
  value.lastIndex = at;
  const found = value.exec(text);
  return found ? text.slice(0, found.index) + token + text.slice(found.index + found[0].length) : text;
}

const below = (limit: number, chance: Chance): number => Math.floor(chance() * limit);
