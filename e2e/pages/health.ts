import { expect, type Locator, type Page } from 'playwright/test';

/** The health of all feeds, as a trader reads it. */
export class Health {
  readonly region: Locator;
  /** The answer: how many feeds are live. */
  readonly answer: Locator;
  readonly log: Locator;

  constructor(readonly page: Page) {
    this.region = page.getByRole('region', { name: 'Health', exact: true });
    this.answer = this.region.getByRole('heading', { level: 1 });
    this.log = this.region.getByRole('log', { name: 'Log' });
  }

  feed(id: string): Locator {
    return this.region.locator(`[data-feed="${id}"]`);
  }

  /** A cell of a feed's row: `rate`, `gaps`, `checked`. */
  cell(id: string, column: string): Locator {
    return this.feed(id).locator(`[data-col="${column}"]`);
  }

  chip(id: string): Locator {
    return this.feed(id).locator('[data-state]');
  }

  /** The bar of a feed's states, by what it says aloud. */
  timeline(id: string): Locator {
    return this.cell(id, 'timeline').getByRole('img');
  }

  details(id: string): Locator {
    return this.region.locator(`[data-details="${id}"]`);
  }

  detail(id: string, name: string): Locator {
    return this.details(id).locator(`[data-detail="${name}"]`);
  }

  fact(key: string): Locator {
    return this.region.locator(`[data-fact="${key}"]`);
  }

  lag(name: string): Locator {
    return this.region.locator(`[data-lag="${name}"]`);
  }

  stage(name: string): Locator {
    return this.region.locator(`[data-stage="${name}"]`);
  }

  gaps(cause: string): Locator {
    return this.region.locator(`[data-gap="${cause}"]`);
  }

  figure(name: string): Locator {
    return this.region.locator(`[data-figure="${name}"]`);
  }

  /** A line of the log that holds a text. */
  line(text: string | RegExp): Locator {
    return this.log.locator('[data-severity]').filter({ hasText: text });
  }

  async filter(text: string): Promise<void> {
    await this.region.getByRole('searchbox', { name: 'Filter the log' }).fill(text);
  }

  /** Press a button that saves a file. @returns its name and what is in it */
  async save(button: string): Promise<{ name: string; text: string }> {
    const coming = this.page.waitForEvent('download');
    await this.region.getByRole('button', { name: button }).click();
    const download = await coming;
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    return { name: download.suggestedFilename(), text: Buffer.concat(chunks).toString('utf8') };
  }

  async expectReported(id: string): Promise<void> {
    await expect(this.timeline(id), 'the worker has reported').not.toHaveAttribute('aria-label', /nothing recorded/);
  }
}
