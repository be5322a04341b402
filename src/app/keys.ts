import { tinykeys } from 'tinykeys';

/** What the keys of the whole page do. */
export interface KeyActions {
  openSearch(query: string): void;
  openHelp(): void;
  /** Show the layout of this number, counting from 1. */
  openLayout(number: number): void;
}

/** Events by which the page speaks to whichever panel cares. */
const RECENTRE = 'depthwire:recentre';
const GROUP = 'depthwire:group';
/** By which a focused chart asks for the symbol search; its detail is the letter that was typed. */
const SEARCH = 'depthwire:search';

const TEXT_FIELDS = 'input, textarea, select, [contenteditable=""], [contenteditable="true"]';
const PRESSABLE = 'button, a[href], summary, [role="button"], [role="tab"], [role="option"], [role="menuitem"]';

/**
 * Listen for the keys that act everywhere. A panel that has handled a key has prevented its default, and then the page
 * leaves it alone; so do text fields and open dialogs, and a focused button keeps its own Space.
 * @returns the function that stops it
 */
export function followKeys(view: Window, actions: KeyActions): () => void {
  const page = view.document;
  const send = (type: string, detail?: unknown): void => {
    page.dispatchEvent(new CustomEvent(type, { detail }));
  };
  const bind = (run: () => void, isFree: (event: KeyboardEvent) => boolean = isPageKey) => {
    return (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.repeat || !isFree(event)) return;
      event.preventDefault();
      run();
    };
  };
  const stopKeys = tinykeys(view, {
    '/': bind(() => actions.openSearch('')),
    '$mod+k': bind(() => actions.openSearch(''), isOutsideDialog),
    'Shift+?': bind(() => actions.openHelp()),
    '?': bind(() => actions.openHelp()),
    Space: bind(
      () => send(RECENTRE),
      (event) => isPageKey(event) && !within(event, PRESSABLE),
    ),
    '[': bind(() => send(GROUP, -1)),
    ']': bind(() => send(GROUP, 1)),
    ...Object.fromEntries(
      Array.from({ length: 9 }, (_, i) => [
        `Alt+Digit${i + 1}`,
        bind(() => actions.openLayout(i + 1), isOutsideDialog),
      ]),
    ),
    F6: bind(() => stepRing(page, 1), isOutsideDialog),
    'Shift+F6': bind(() => stepRing(page, -1), isOutsideDialog),
  });
  const handleSearch = (event: Event): void => {
    const letter: unknown = event instanceof CustomEvent ? event.detail : '';
    actions.openSearch(typeof letter === 'string' ? letter.slice(0, 1) : '');
  };
  page.addEventListener(SEARCH, handleSearch);
  return () => {
    stopKeys();
    page.removeEventListener(SEARCH, handleSearch);
  };
}

/**
 * Catch what is typed while a search is opening and its field is not there to take it, so that no letter is lost.
 * @param type  applies one key to the query
 * @returns the function that stops it
 */
export function catchTyping(type: (edit: (query: string) => string) => void): () => void {
  const handleKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || within(event, TEXT_FIELDS)) return;
    // A button of the search that was reached by Tab keeps its own Space.
    if (event.key === ' ' && within(event, '[role="dialog"] button')) return;
    const edit = editOf(event.key);
    if (!edit) return;
    event.preventDefault();
    event.stopPropagation();
    type(edit);
  };
  window.addEventListener('keydown', handleKey, { capture: true });
  return () => window.removeEventListener('keydown', handleKey, { capture: true });
}

function editOf(key: string): ((query: string) => string) | null {
  if (key === 'Backspace') return (query) => query.slice(0, -1);
  return [...key].length === 1 ? (query) => query + key : null;
}

const within = (event: Event, selector: string): boolean =>
  event.target instanceof Element && event.target.closest(selector) !== null;
const isOutsideDialog = (event: Event): boolean => !within(event, '[role="dialog"], [role="alertdialog"]');
const isPageKey = (event: Event): boolean => isOutsideDialog(event) && !within(event, TEXT_FIELDS);

/** Move focus to the next panel of the ring, round and round. */
function stepRing(page: Document, step: 1 | -1): void {
  const ring = [...page.querySelectorAll<HTMLElement>('[data-panel-ring]')];
  if (ring.length === 0) return;
  const at = ring.findIndex((panel) => panel.contains(page.activeElement));
  const next = at < 0 ? (step > 0 ? 0 : ring.length - 1) : (at + step + ring.length) % ring.length;
  ring[next].focus();
}
