/** A number from 0 to below 1 by a seed: the same seed gives the same numbers. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** A pattern, with the flag `g`, and what stands in its place afterwards. */
export type TokenSwap = readonly [pattern: RegExp, replacement: string];

/** Replace one match of a pattern, the `n`th counted round and round; the text itself when there is none. */
export function swapToken(text: string, [pattern, replacement]: TokenSwap, n: number): string {
  const matches = [...text.matchAll(pattern)];
  if (matches.length === 0) return text;
  const here = new RegExp(pattern.source, 'y');
  here.lastIndex = matches[n % matches.length].index;
  return text.replace(here, replacement);
}

const CHARACTERS = [...'{}[]",:.-+eE0123456789abMTtfn\\ \u0000\u007f\u00e9\ud83d'];

/** Drop, add or change one character, or cut the text there. */
export function changeCharacter(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  const other = CHARACTERS[Math.floor(random() * CHARACTERS.length)];
  const kind = random();
  if (kind < 0.3) return text.slice(0, at) + text.slice(at + 1);
  if (kind < 0.6) return text.slice(0, at) + other + text.slice(at);
  if (kind < 0.9) return text.slice(0, at) + other + text.slice(at + 1);
  return text.slice(0, at);
}

/** What a broken or hostile sender makes of the figures, members and brackets of any JSON message. */
export const COMMON_SWAPS: readonly TokenSwap[] = [
  [/"(\d+\.\d+)"/g, '$1'],
  [/"(\d+\.\d+)"/g, '"-$1"'],
  [/"(\d+\.\d+)"/g, '"$15"'],
  [/"(\d+\.\d+)"/g, '"$1e1"'],
  [/"(\d+\.\d+)"/g, '"0"'],
  [/"(\d+\.\d+)"/g, '""'],
  [/"(\d+)\.(\d+)"/g, '"$1."'],
  [/"(\d+)\.(\d+)"/g, '".$2"'],
  [/"(\d+)\.(\d+)"/g, '"00$1.$2"'],
  [/"(\d+)\.(\d+)"/g, '"$1.$2123456789"'],
  [/"(\d+)\.(\d+)"/g, '"9007199254740993.$2"'],
  [/"(\d+)\.(\d+)"/g, '"90071992547409.91"'],
  [/"(\d+)\.(\d+)"/g, '"0000000000000000000$1.$2"'],
  [/"(\d+)\.(\d+)"/g, '"$1.$20000000000000000000"'],
  [/"(\d+)"/g, '$1'],
  [/"(\d+)"/g, '"0$1"'],
  [/"(\d+)"/g, '"$1.0"'],
  [/"(\d+)"/g, '"9$1"'],
  [/"(\d+)"/g, '"$1234567890"'],
  [/"(\d+)"/g, '"0"'],
  [/"(\d+)"/g, '""'],
  [/:(-?\d+)([,}])/g, ':"$1"$2'],
  [/:(-?\d+)([,}])/g, ':$1.0$2'],
  [/:(-?\d+)([,}])/g, ':-$1$2'],
  [/:(-?\d+)([,}])/g, ':0$1$2'],
  [/:(-?\d+)([,}])/g, ':-0$2'],
  [/:(-?\d+)([,}])/g, ':0$2'],
  [/:(-?\d+)([,}])/g, ':1$2'],
  [/:(-?\d+)([,}])/g, ':9007199254740991$2'],
  [/:(-?\d+)([,}])/g, ':9007199254740992$2'],
  [/:(-?\d+)([,}])/g, ':null$2'],
  [/,"(\w+)":("?[\w.-]+"?)(?=[,}])/g, ''],
  [/,"(\w+)":("?[\w.-]+"?)(?=[,}])/g, ',"$1":$2,"$1":$2'],
  [/,"(\w+)":("?[\w.-]+"?)(?=[,}])/g, ',"x$1":$2'],
  [/,"(\w+)":("?[\w.-]+"?)(?=[,}])/g, ',"$1":$2,"cts":[1]'],
  [/,"(\w+)":("?[\w.-]+"?)(?=[,}])/g, ',"$1" : $2 '],
  [/,"(\w+)":("?[\w.-]+"?),"(\w+)":("?[\w.-]+"?)/g, ',"$3":$4,"$1":$2'],
  [/\[\[/g, '[[["1","2"],'],
  [/\],\[/g, ',"3"],['],
  [/\[\]/g, '{}'],
  [/\[\]/g, '[[]]'],
  [/\}$/g, '} '],
  [/\}$/g, '}}'],
  [/\}$/g, ''],
  [/^\{/g, ' {'],
  [/^\{/g, '[{'],
  [/true|false/g, '"true"'],
  [/false/g, 'true'],
];
