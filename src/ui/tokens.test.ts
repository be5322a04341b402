import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

type Tokens = Record<string, string>;
type Rgb = readonly [number, number, number];

interface Block {
  selectors: string[];
  /** Whether it applies only to those who ask their system for more contrast. */
  onRequest: boolean;
  tokens: Tokens;
}

interface Look {
  theme: 'dark' | 'light' | 'contrast';
  preset: 'default' | 'safe' | 'east';
  contrast: 'normal' | 'more' | 'system';
}

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');

function readBlocks(): Block[] {
  const blocks: Block[] = [];
  const rule = /(@media[^{]*\{)|([^{}]+)\{([^{}]*)\}|\}/g;
  let media = '';
  for (const [, opening, selector = '', body = ''] of css.matchAll(rule)) {
    if (opening !== undefined) media = opening;
    else if (selector === '') media = '';
    else {
      const tokens = Object.fromEntries(
        [...body.matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name = '', value = '']) => [name, value.trim()]),
      );
      const onRequest = media.includes('prefers-contrast');
      if (media === '' || onRequest)
        blocks.push({ selectors: selector.split(',').map((s) => s.trim()), onRequest, tokens });
    }
  }
  return blocks;
}

const ATTRIBUTE = /(:not\()?\[data-([\w-]+)(?:="([\w-]+)")?\]\)?/g;

/** How strongly a selector applies to the page's root in this look; undefined when it does not. */
function specificity(selector: string, look: Look): number | undefined {
  const attributes: Record<string, string | undefined> = {
    theme: look.theme,
    preset: look.preset === 'default' ? undefined : look.preset,
    contrast: look.contrast === 'more' ? 'more' : undefined,
  };
  let weight = selector.startsWith(':root') ? 1 : 0;
  for (const [, negated, name = '', value] of selector.matchAll(ATTRIBUTE)) {
    const has = value === undefined ? attributes[name] !== undefined : attributes[name] === value;
    if (has === (negated !== undefined)) return undefined;
    weight += 1;
  }
  return weight;
}

const blocks = readBlocks();

/** The tokens as a browser would cascade them. */
function tokensOf(look: Look): Tokens {
  const applied = blocks.flatMap((block, order) => {
    if (block.onRequest && look.contrast !== 'system') return [];
    const weights = block.selectors.map((s) => specificity(s, look)).filter((weight) => weight !== undefined);
    return weights.length > 0 ? [{ weight: Math.max(...weights), order, tokens: block.tokens }] : [];
  });
  applied.sort((a, b) => a.weight - b.weight || a.order - b.order);
  return Object.assign({}, ...applied.map(({ tokens }) => tokens)) as Tokens;
}

function rgbOf(tokens: Tokens, name: string): Rgb {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(tokens[name] ?? '');
  if (!hex) throw new Error(`--${name} is not a colour: ${tokens[name]}`);
  return [1, 2, 3].map((part) => Number.parseInt(hex[part]!, 16)) as unknown as Rgb;
}

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrastOf(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const mix = (over: Rgb, under: Rgb, alpha: number) =>
  over.map((part, i) => Math.round(part * alpha + under[i]! * (1 - alpha))) as unknown as Rgb;

const SIDES = ['up', 'down'];

/** Text and the grounds it stands on. */
const TEXT: [text: string, grounds: string[]][] = [
  ['text', ['bg0', 'bg1', 'bg2', 'bg3', 'bg4', 'row-band', 'accent-soft', 'profile', 'profile-va', 'tooltip']],
  ['text-2', ['bg0', 'bg1', 'bg2', 'bg3', 'bg4', 'row-band', 'profile', 'profile-va', 'tooltip']],
  ['text-3', ['bg0', 'bg1', 'bg2', 'bg3', 'row-band']],
  ['text', SIDES.flatMap((side) => ['soft', 'bar', 'trade', 'flash'].map((part) => `${side}-${part}`))],
  ['text-2', SIDES.flatMap((side) => ['soft', 'bar', 'trade'].map((part) => `${side}-${part}`))],
  ...SIDES.map((side): [string, string[]] => [side, ['bg0', 'bg1', 'bg2', 'row-band', `${side}-soft`, `${side}-bar`]]),
  ...SIDES.map((side): [string, string[]] => [`${side}-ink`, [side, `${side}-fill`]]),
  ['accent', ['bg0', 'bg1', 'bg2', 'accent-soft']],
  ['accent-ink', ['accent']],
  ...['warn', 'danger', 'sim'].map((name): [string, string[]] => [name, ['bg0', 'bg1', 'bg2', `${name}-soft`]]),
  ['text', ['warn-soft', 'danger-soft', 'sim-soft']],
];

/** Marks, borders and rings, and what they stand against. */
const MARKS: [mark: string, grounds: string[]][] = [
  ['border-strong', ['bg0', 'bg1']],
  ['focus', ['bg0', 'bg1', 'bg2', 'bg3']],
  ['large', ['bg1']],
  ['up-fill', ['bg1']],
  ['down-fill', ['bg1']],
  ...[1, 2, 3, 4, 5, 6].map((n): [string, string[]] => [`link-${n}`, ['bg1']]),
];

/** The tape's tint by class of print, and the text that stands on it. */
const TINTS: [tint: string, text: string[], ownSide: boolean][] = [
  ['tint-small', ['text', 'text-2', 'text-3'], true],
  ['tint-l1', ['text', 'text-2'], true],
  ['tint-l2', ['text', 'text-2'], false],
  ['tint-l3', ['text', 'text-2'], false],
];

function tooFaint(tokens: Tokens, pairs: [string, string[]][], least: number): string[] {
  return pairs.flatMap(([front, grounds]) =>
    grounds.flatMap((ground) => {
      const ratio = contrastOf(rgbOf(tokens, front), rgbOf(tokens, ground));
      return ratio >= least ? [] : [`--${front} on --${ground}: ${ratio.toFixed(2)}`];
    }),
  );
}

function tooFaintOnTape(tokens: Tokens): string[] {
  return TINTS.flatMap(([tint, texts, ownSide]) =>
    SIDES.flatMap((side) => {
      const alpha = Number(tokens[tint]) * Number(tokens['tint-k']);
      const ground = mix(rgbOf(tokens, side), rgbOf(tokens, 'bg1'), alpha);
      return [...texts, ...(ownSide ? [side] : [])].flatMap((text) => {
        const ratio = contrastOf(rgbOf(tokens, text), ground);
        return ratio >= 4.5 ? [] : [`--${text} on --${side} at --${tint}: ${ratio.toFixed(2)}`];
      });
    }),
  );
}

const looks: Look[] = (['dark', 'light', 'contrast'] as const).flatMap((theme) =>
  (['default', 'safe', 'east'] as const).flatMap((preset) =>
    (['normal', 'more', 'system'] as const).map((contrast) => ({ theme, preset, contrast })),
  ),
);

describe.each(looks)('$theme theme, $preset preset, $contrast contrast', (look) => {
  const tokens = tokensOf(look);

  test('every text reaches 4.5 on every ground it stands on', () => {
    expect(tooFaint(tokens, TEXT, 4.5)).toEqual([]);
  });

  test('every text of the tape reaches 4.5 on its tint', () => {
    expect(tooFaintOnTape(tokens)).toEqual([]);
  });

  test('every mark, border and ring reaches 3.0', () => {
    expect(tooFaint(tokens, MARKS, 3)).toEqual([]);
  });

  test('a side has one hue in its text, its fill and its bars', () => {
    const hue = (name: string) => {
      const [r, g, b] = rgbOf(tokens, name);
      return (Math.atan2(Math.sqrt(3) * (g - b), 2 * r - g - b) * 180) / Math.PI;
    };
    const apart = (a: string, b: string) => Math.abs(((hue(a) - hue(b) + 540) % 360) - 180);
    const strangers = SIDES.flatMap((side) =>
      ['fill', 'bar', 'soft', 'trade', 'flash']
        .map((part) => `${side}-${part}`)
        .filter((name) => apart(side, name) > 30),
    );
    expect(strangers).toEqual([]);
  });
});

describe('the measure', () => {
  test('gives 21 for black on white and 1 for a colour on itself', () => {
    expect(contrastOf([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 5);
    expect(contrastOf([90, 169, 255], [90, 169, 255])).toBe(1);
  });

  test('reads the cascade: a light theme with a preset takes the values written for both', () => {
    expect(tokensOf({ theme: 'light', preset: 'safe', contrast: 'normal' }).up).toBe('#0a66b0');
    expect(tokensOf({ theme: 'dark', preset: 'safe', contrast: 'normal' }).up).toBe('#4fa8ff');
  });
});
