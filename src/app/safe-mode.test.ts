import { beforeEach, describe, expect, test, vi } from 'vitest';
import { isSafeModeDue, type OpenVisit, readVisits, VisitLog, wasDiscarded } from './safe-mode.ts';

const MINUTE = 60_000;
const KEY = 'depthwire.visits';

class PageTransition extends Event {
  constructor(
    type: string,
    readonly persisted: boolean,
  ) {
    super(type);
  }
}

/** A browser: what its pages share. */
class FakeBrowser {
  readonly stored = new Map<string, string>();
  readonly locks = new Set<string>();
  hasLocks = true;
  isSilent = false;
  visits = 0;

  /** A page in a tab. It lives until it is closed in order, or crashes. */
  open(tab = new Map<string, string>(), isDiscarded = false): FakePage {
    return new FakePage(this, tab, isDiscarded);
  }

  get openVisits(): OpenVisit[] {
    return JSON.parse(this.stored.get(KEY) ?? '[]') as OpenVisit[];
  }
}

const storageOf = (map: Map<string, string>) => ({
  getItem: (key: string) => map.get(key) ?? null,
  setItem: (key: string, value: string) => map.set(key, value),
});

class FakePage extends EventTarget {
  readonly document: { wasDiscarded: boolean };
  readonly localStorage;
  readonly sessionStorage;
  readonly crypto = { randomUUID: () => `visit-${++this.browser.visits}` };
  readonly navigator;
  readonly setTimeout = (run: () => void, ms: number) => setTimeout(run, ms);
  private readonly held = new Set<string>();

  constructor(
    private readonly browser: FakeBrowser,
    readonly tab: Map<string, string>,
    isDiscarded: boolean,
  ) {
    super();
    this.document = { wasDiscarded: isDiscarded };
    this.localStorage = storageOf(browser.stored);
    this.sessionStorage = storageOf(tab);
    const locks = {
      request: (name: string, run: () => Promise<void>) => {
        this.held.add(name);
        browser.locks.add(name);
        return run().then(() => this.drop(name));
      },
      query: () =>
        browser.isSilent
          ? new Promise(() => undefined)
          : Promise.resolve({ held: [...browser.locks].map((name) => ({ name })) }),
    };
    this.navigator = browser.hasLocks ? { locks } : {};
  }

  begin(): boolean | Promise<boolean> {
    return new VisitLog(this as unknown as Window).begin();
  }

  crash(): void {
    for (const name of this.held) this.browser.locks.delete(name);
  }

  async close(): Promise<void> {
    this.dispatchEvent(new PageTransition('pagehide', false));
    await Promise.resolve();
  }

  private drop(name: string): void {
    this.held.delete(name);
    this.browser.locks.delete(name);
  }
}

let browser: FakeBrowser;

beforeEach(() => {
  vi.stubGlobal('PageTransitionEvent', PageTransition);
  vi.useFakeTimers({ now: 1_790_000_000_000, toFake: ['performance', 'setTimeout'] });
  browser = new FakeBrowser();
});

/** Opens a page that crashes after a moment. */
function crashed(tab = new Map<string, string>()): void {
  const page = browser.open(tab);
  void page.begin();
  vi.advanceTimersByTime(1_000);
  page.crash();
}

describe('[F60] a page that crashed', () => {
  test('twice is opened as usual', () => {
    crashed();
    crashed();
    expect(browser.open().begin()).toBe(false);
  });

  test('three times in five minutes is opened with the least, whichever tab it was in', async () => {
    for (let i = 0; i < 3; i++) crashed();
    await expect(browser.open().begin()).resolves.toBe(true);
  });

  test('three times in more than five minutes is opened as usual', () => {
    for (let i = 0; i < 3; i++) {
      crashed();
      vi.advanceTimersByTime(2 * MINUTE);
    }
    expect(browser.open().begin()).toBe(false);
  });

  test('is forgiven once five minutes have gone well', async () => {
    for (let i = 0; i < 3; i++) crashed();
    const careful = browser.open();
    await expect(careful.begin()).resolves.toBe(true);
    vi.advanceTimersByTime(5 * MINUTE);
    await careful.close();
    expect(browser.open().begin()).toBe(false);
  });

  test('is forgiven when the user says so', async () => {
    for (let i = 0; i < 3; i++) crashed();
    const careful = browser.open();
    const log = new VisitLog(careful as unknown as Window);
    await log.begin();
    log.forgive();
    await careful.close();
    expect(browser.open().begin()).toBe(false);
  });

  test('stays careful while it goes on crashing', async () => {
    for (let i = 0; i < 3; i++) crashed();
    for (let i = 0; i < 3; i++) {
      const page = browser.open();
      await expect(page.begin()).resolves.toBe(true);
      page.crash();
    }
  });
});

describe('what is no crash', () => {
  test('pages that were closed in order, however many', async () => {
    for (let i = 0; i < 10; i++) {
      const page = browser.open();
      expect(page.begin()).toBe(false);
      await page.close();
    }
    expect(browser.openVisits).toEqual([]);
  });

  test('pages that are open beside this one', async () => {
    for (let i = 0; i < 6; i++) expect(await browser.open().begin()).toBe(false);
  });

  test('a page that was kept for going back to, and came back', async () => {
    const page = browser.open();
    void page.begin();
    await page.close();
    expect(browser.locks.size).toBe(0);
    page.dispatchEvent(new PageTransition('pageshow', true));
    expect(browser.openVisits.length).toBe(1);
    expect(browser.locks.size).toBe(1);
    await page.close();
    expect(browser.openVisits).toEqual([]);
  });

  test('a page that the browser put away to save memory', () => {
    const tab = new Map<string, string>();
    for (let i = 0; i < 4; i++) {
      const page = browser.open(tab, i > 0);
      expect(page.begin()).toBe(false);
      page.crash();
    }
    expect(wasDiscarded(browser.open(tab, true) as unknown as Window)).toBe(true);
    expect(wasDiscarded(browser.open(tab) as unknown as Window)).toBe(false);
  });
});

describe('a browser that cannot say which pages live', () => {
  test('is believed of the same tab only', async () => {
    browser.hasLocks = false;
    const tab = new Map<string, string>();
    for (let i = 0; i < 3; i++) crashed(tab);
    await expect(browser.open().begin()).resolves.toBe(false);
    await expect(browser.open(tab).begin()).resolves.toBe(true);
  });

  test('is not waited for longer than a second', async () => {
    const tab = new Map<string, string>();
    for (let i = 0; i < 3; i++) crashed(tab);
    browser.isSilent = true;
    const due = browser.open(tab).begin();
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(due).resolves.toBe(true);
  });
});

describe('what was written down', () => {
  const now = 1_790_000_000_000;

  test.each([
    null,
    '',
    '{',
    '7',
    'null',
    '{}',
    '[null, 7, "x", {}, {"id": 1, "tab": "t", "at": 5}]',
    `[${'1,'.repeat(40_000)}1]`,
  ])('is nothing when it is not ours: %s', (text) => expect(readVisits(text, now)).toEqual([]));

  test('leaves out what is older than five minutes and what lies in the future', () => {
    const visit = (at: number): OpenVisit => ({ id: `v${at}`, tab: 't', at });
    const list = [now - 5 * MINUTE, now - 5 * MINUTE + 1, now, now + 1].map(visit);
    expect(readVisits(JSON.stringify(list), now).map(({ at }) => at - now)).toEqual([-5 * MINUTE + 1, 0]);
  });

  test('counts for nothing while its pages live', () => {
    const open = ['a', 'b', 'c'].map((id): OpenVisit => ({ id, tab: id, at: now }));
    expect(isSafeModeDue(open, new Set(), 'x')).toBe(true);
    expect(isSafeModeDue(open, new Set(['b']), 'x')).toBe(false);
  });

  test('is not needed: without storage every visit is the first', () => {
    const page = browser.open();
    for (const key of ['localStorage', 'sessionStorage'] as const) {
      Object.defineProperty(page, key, {
        get: () => {
          throw new Error('denied');
        },
      });
    }
    for (let i = 0; i < 5; i++) expect(page.begin()).toBe(false);
  });
});
