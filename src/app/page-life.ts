import type { FeedLink } from './feed-link.ts';

/** Tell the link what happens to the page: shown, hidden, frozen, thawed, brought back from history, on or off line. */
export function followPageLife(view: Window, link: FeedLink): () => void {
  const { document: page } = view;
  const isVisible = (): boolean => page.visibilityState === 'visible';
  const ended = new AbortController();
  const on = (target: EventTarget, type: string, run: (event: Event) => void): void =>
    target.addEventListener(type, run, { signal: ended.signal });
  on(page, 'visibilitychange', () => link.setVisible(isVisible()));
  on(page, 'freeze', () => link.freeze());
  on(page, 'resume', () => link.resume());
  on(view, 'pagehide', () => link.freeze());
  on(view, 'pageshow', (event) => {
    if (!(event instanceof PageTransitionEvent) || !event.persisted) return;
    link.setVisible(isVisible());
    link.resume();
  });
  on(view, 'online', () => link.setOnline(true));
  on(view, 'offline', () => link.setOnline(false));
  return () => ended.abort();
}

const RELOADED = 'depthwire.reloaded';

/** Load the page again, unless that was tried for this build already: a reload that does not help is not repeated. */
export function reloadOnce(view: Window, buildId: string): boolean {
  try {
    if (view.sessionStorage.getItem(RELOADED) === buildId) return false;
    view.sessionStorage.setItem(RELOADED, buildId);
  } catch {
    // Without storage nothing could stop a reload from repeating itself.
    return false;
  }
  view.location.reload();
  return true;
}
