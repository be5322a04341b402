import { expect, test } from './fixtures.ts';
import { units } from './recordings.ts';

test.describe('the tape', () => {
  test('accounts for every print, at ten times the usual rate, whatever is filtered or folded', async ({ desk }) => {
    await desk.openLiveDemo('seed=7&rate=2000');
    const check = async (): Promise<void> => {
      for (let look = 0; look < 12; look++) {
        const { received, ...places } = await desk.tape.terms();
        expect(Object.values(places).reduce((sum, count) => sum + count, 0)).toBe(received);
      }
    };
    await check();
    await desk.tape.setMinimum('0.05');
    await expect.poll(async () => (await desk.tape.terms()).filtered).toBeGreaterThan(0);
    await check();
    await desk.tape.button(/^Fold/).click();
    await expect.poll(async () => (await desk.tape.terms()).folded, { timeout: 20_000 }).toBeGreaterThan(0);
    await check();
    await expect(desk.tape.region.getByText(/received, all accounted for/)).toHaveCount(1);
    await expect(desk.tape.region.getByText('0 lost')).toBeVisible();
    const { received } = await desk.tape.terms();
    await expect.poll(async () => (await desk.tape.terms()).received).toBeGreaterThan(received);
  });

  test('shows only what is at least the minimum, and says what it cannot read', async ({ desk }) => {
    await desk.openLiveDemo('seed=7&rate=1000');
    await desk.tape.setMinimum('0.1');
    await expect
      .poll(async () => (await desk.tape.prints()).every(({ size }) => units(size) >= units('0.1')))
      .toBe(true);
    await desk.tape.setMinimum('lots');
    await expect(desk.tape.region.getByRole('alert')).toContainText('Type a size in digits');
    expect((await desk.tape.prints()).every(({ size }) => units(size) >= units('0.1'))).toBe(true);
    await desk.tape.setMinimum('');
    await expect.poll(async () => (await desk.tape.prints()).some(({ size }) => units(size) < units('0.1'))).toBe(true);
  });

  test('stands still while one looks back, counts what waits, and goes on by End', async ({ desk, page }) => {
    await desk.openLiveDemo('seed=7&rate=1000');
    await expect.poll(async () => (await desk.tape.terms()).scrolled, { timeout: 20_000 }).toBeGreaterThan(20);
    await desk.tape.scrollBack(200);
    await expect(desk.tape.region.getByText('Paused')).toBeVisible();
    const held = await desk.tape.prints();
    await expect.poll(async () => (await desk.tape.terms()).waiting, { timeout: 20_000 }).toBeGreaterThan(10);
    expect((await desk.tape.prints()).map(({ id }) => id)).toEqual(held.map(({ id }) => id));
    await desk.tape.log.focus();
    await page.keyboard.press('End');
    await expect(desk.tape.region.getByText('Paused')).toBeHidden();
    await expect.poll(async () => (await desk.tape.terms()).waiting).toBe(0);
    await expect.poll(async () => (await desk.tape.prints())[0].id).not.toBe(held[0].id);
  });

  test('pauses by P and by its button', async ({ desk, page }) => {
    await desk.openLiveDemo();
    await desk.tape.focus();
    await page.keyboard.press('p');
    await expect(desk.tape.button('Resume the tape')).toBeVisible();
    await desk.tape.button('Resume the tape').click();
    await expect(desk.tape.button('Pause the tape')).toBeVisible();
  });

  test('tells the side by a glyph with a name, not by colour alone', async ({ desk }) => {
    await desk.openLiveDemo('seed=7&rate=1000');
    const row = desk.tape.log.locator('[data-trade-id][data-aggressor="buyer"]').first();
    await expect(row.getByRole('img', { name: 'bought' })).toBeVisible();
  });
});
