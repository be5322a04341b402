import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { FeedLink } from './feed-link.ts';
import { followPageLife, reloadOnce } from './page-life.ts';

class PageTransition extends Event {
  constructor(
    type: string,
    readonly persisted: boolean,
  ) {
    super(type);
  }
}

/** A window and its page, as far as their life goes. */
class FakeView extends EventTarget {
  readonly document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  readonly location = { reload: vi.fn() };
  readonly stored = new Map<string, string>();
  readonly sessionStorage = {
    getItem: (key: string) => this.stored.get(key) ?? null,
    setItem: (key: string, value: string) => this.stored.set(key, value),
  };
}

let view: FakeView;
let said: string[];
let stop: () => void;

beforeEach(() => {
  vi.stubGlobal('PageTransitionEvent', PageTransition);
  view = new FakeView();
  said = [];
  stop = followPageLife(
    view as unknown as Window,
    {
      setVisible: (is: boolean) => said.push(`visible ${is}`),
      setOnline: (is: boolean) => said.push(`online ${is}`),
      freeze: () => said.push('freeze'),
      resume: () => said.push('resume'),
    } as unknown as FeedLink,
  );
});

describe('the life of a page', () => {
  test('[F54] [F55] is told to the link: hidden and shown, off line and on, frozen and thawed', () => {
    view.document.visibilityState = 'hidden';
    view.document.dispatchEvent(new Event('visibilitychange'));
    view.document.visibilityState = 'visible';
    view.document.dispatchEvent(new Event('visibilitychange'));
    view.dispatchEvent(new Event('offline'));
    view.dispatchEvent(new Event('online'));
    view.document.dispatchEvent(new Event('freeze'));
    view.document.dispatchEvent(new Event('resume'));
    expect(said).toEqual(['visible false', 'visible true', 'online false', 'online true', 'freeze', 'resume']);
  });

  test('[F56] goes on after the page came back from history, and only then', () => {
    view.dispatchEvent(new PageTransition('pageshow', false));
    expect(said).toEqual([]);
    view.dispatchEvent(new PageTransition('pagehide', true));
    view.dispatchEvent(new PageTransition('pageshow', true));
    expect(said).toEqual(['freeze', 'visible true', 'resume']);
  });

  test('is not followed any more once that was stopped', () => {
    stop();
    view.dispatchEvent(new Event('offline'));
    expect(said).toEqual([]);
  });
});

describe('a reload for another release', () => {
  const reload = (): boolean => reloadOnce(view as unknown as Window, '1.0.0');

  test('happens once for a build', () => {
    expect(reload()).toBe(true);
    expect(reload()).toBe(false);
    expect(view.location.reload).toHaveBeenCalledTimes(1);
    expect(reloadOnce(view as unknown as Window, '1.0.1')).toBe(true);
  });

  test('does not happen where nothing can be remembered, since it could go on for ever', () => {
    view.sessionStorage.getItem = () => {
      throw new Error('denied');
    };
    expect(reload()).toBe(false);
    expect(view.location.reload).not.toHaveBeenCalled();
  });
});
