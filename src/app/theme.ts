import { setTheme, type Theme } from '@/store/desk-store.ts';

const ORDER: readonly Theme[] = ['dark', 'light', 'contrast'];
const KEY = 'depthwire.theme';

/** The theme that a press of the theme button leads to. */
export const nextTheme = (theme: Theme): Theme => ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];

/** Take up the theme that was chosen before the first paint. */
export function adoptTheme(page: Document): void {
  const chosen = ORDER.find((theme) => theme === page.documentElement.dataset.theme) ?? 'dark';
  page.documentElement.dataset.theme = chosen;
  setTheme(chosen);
}

/** Change the theme and remember it for the next visit. */
export function changeTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  setTheme(theme);
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage is closed to this page: the choice holds for this visit.
    return;
  }
}
