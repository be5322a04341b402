import { CSPProvider } from '@base-ui/react/csp-provider';
import { Dialog } from '@base-ui/react/dialog';
import { Search } from 'lucide-react';
import { type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import dialog from './dialog.module.css';
import { SearchList } from './SearchList.tsx';
import styles from './search-dialog.module.css';

/** One line of the list. */
export interface SearchItem {
  readonly id: string;
  readonly label: string;
  /** Which characters of the label the query met: start and length; null for none. */
  readonly met: readonly [start: number, length: number] | null;
  readonly detail: string;
  readonly kind: 'instrument' | 'recent' | 'command';
  readonly isSimulated: boolean;
  /** Null for what cannot be starred. */
  readonly isStarred: boolean | null;
  /** Said at the foot while this one is chosen: where it comes from and how old that is. */
  readonly source: string;
}

/** Items under a heading. */
export interface SearchGroup {
  readonly title: string;
  readonly items: readonly SearchItem[];
}

interface SearchDialogProps {
  readonly query: string;
  readonly onQuery: (query: string) => void;
  /** In the order shown; an item is in one group only, and no group is empty. */
  readonly groups: readonly SearchGroup[];
  /** How many there are, said at the foot: `9 of 1,412`. */
  readonly summary: string;
  /** What is still loading or could not be loaded, in sentences. */
  readonly notes: readonly string[];
  readonly onChoose: (id: string) => void;
  readonly onStar: (id: string) => void;
  readonly onClose: () => void;
}

const PAGE = 8;

/** How far a key moves through a list; null when it does not. Only single steps go round the ends. */
function targetOf(key: string, at: number, length: number): number | null {
  if (key === 'ArrowDown') return (at + 1) % length;
  if (key === 'ArrowUp') return (at - 1 + length) % length;
  if (key === 'PageDown') return Math.min(length - 1, at + PAGE);
  if (key === 'PageUp') return Math.max(0, at - PAGE);
  if (key === 'Home') return 0;
  return key === 'End' ? length - 1 : null;
}

/**
 * Search over what can be opened and done, by keyboard from the first letter to the last key. The focus stays in the
 * field, which names the chosen line: a list that is always there, and whose ends Home and End reach.
 */
export function SearchDialog(props: SearchDialogProps) {
  const { query, onQuery, groups, summary, notes, onChoose, onStar, onClose } = props;
  const listId = useId();
  const field = useRef<HTMLInputElement>(null);
  const [choice, setChoice] = useState<{ readonly query: string; readonly id: string } | null>(null);
  const items = groups.flatMap((group) => group.items);
  // Another query has another best line; a list that only grew keeps the line that was chosen.
  const found = choice?.query === query ? items.findIndex(({ id }) => id === choice.id) : 0;
  const at = Math.max(0, found);
  const active = items.at(at);
  const choose = (id: string): void => setChoice({ query, id });

  useLayoutEffect(() => {
    const end = field.current?.value.length ?? 0;
    field.current?.setSelectionRange(end, end);
  }, []);

  const handleKey = (event: KeyboardEvent): void => {
    if (!active || event.nativeEvent.isComposing || event.altKey) return;
    const isCommand = event.ctrlKey || event.metaKey;
    const target = isCommand || event.shiftKey ? null : targetOf(event.key, at, items.length);
    if (target !== null) choose(items[target].id);
    else if (event.key === 'Enter' && !isCommand) onChoose(active.id);
    else if (isCommand && event.key.toLowerCase() === 'd') star(active);
    else return;
    event.preventDefault();
  };
  const star = (item: SearchItem): void => {
    if (item.isStarred === null) return;
    choose(item.id);
    onStar(item.id);
  };

  return (
    <CSPProvider disableStyleElements>
      <Dialog.Root
        defaultOpen
        onOpenChange={(isOpen) => {
          if (!isOpen) onClose();
        }}
      >
        <Dialog.Portal>
          <Dialog.Backdrop className={dialog.backdrop} />
          <Dialog.Popup className={styles.search} aria-label="Symbol or command">
            <div className={styles.query}>
              <Search size={16} strokeWidth={1.5} absoluteStrokeWidth aria-hidden="true" />
              <input
                ref={field}
                className={styles.input}
                type="text"
                role="combobox"
                aria-label="Symbol, coin, kind, venue or command"
                aria-expanded={items.length > 0}
                aria-controls={items.length > 0 ? listId : undefined}
                aria-autocomplete="list"
                aria-activedescendant={active && `${listId}-${at}`}
                placeholder="Symbol, coin, kind, venue or command"
                autoComplete="off"
                spellCheck={false}
                maxLength={100}
                value={query}
                onChange={(event) => onQuery(event.target.value)}
                onKeyDown={handleKey}
              />
              <Dialog.Close className={styles.escape} aria-label="Close the search">
                Esc
              </Dialog.Close>
            </div>
            {items.length > 0 ? (
              <SearchList id={listId} groups={groups} at={at} onPoint={choose} onChoose={onChoose} onStar={star} />
            ) : (
              <p className={styles.empty} role="status">
                Nothing found for “{query}”.
              </p>
            )}
            <Foot active={active} summary={summary} notes={notes} onStar={star} />
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </CSPProvider>
  );
}

interface FootProps extends Pick<SearchDialogProps, 'summary' | 'notes'> {
  readonly active: SearchItem | undefined;
  readonly onStar: (item: SearchItem) => void;
}

function Foot({ active, summary, notes, onStar }: FootProps) {
  const isStarred = active?.isStarred ?? null;
  return (
    <>
      <div className={styles.notes} aria-live="polite">
        {notes.map((note) => (
          <p key={note}>{note}</p>
        ))}
      </div>
      <footer className={styles.foot}>
        <span className={styles.keys}>
          <kbd>↑</kbd>
          <kbd>↓</kbd> choose
        </span>
        <span className={styles.keys}>
          <kbd>Enter</kbd> open
        </span>
        <button
          type="button"
          className={styles.starButton}
          aria-label={active && isStarred !== null ? `Star ${active.label}` : 'Star'}
          aria-pressed={isStarred ?? false}
          aria-keyshortcuts="Control+D"
          disabled={isStarred === null}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => active && onStar(active)}
        >
          <kbd>Ctrl D</kbd> star
        </button>
        <span className={styles.source}>{active?.source}</span>
        <span className={styles.summary}>{summary}</span>
      </footer>
    </>
  );
}
