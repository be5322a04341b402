import { Autocomplete } from '@base-ui/react/autocomplete';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { Dialog } from '@base-ui/react/dialog';
import { ChartCandlestick, FlaskConical, History, Search, Terminal } from 'lucide-react';
import dialog from './dialog.module.css';
import styles from './search-dialog.module.css';
import chip from './state-chip.module.css';

/** One line of the list. */
export interface SearchItem {
  readonly id: string;
  readonly label: string;
  /** Which characters of the label the query met: start and length; null for none. */
  readonly met: readonly [start: number, length: number] | null;
  readonly detail: string;
  readonly kind: 'instrument' | 'recent' | 'command';
  readonly isSimulated: boolean;
}

interface SearchDialogProps {
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly items: readonly SearchItem[];
  /** How many there are, said at the foot: `9 of 1,412`. */
  readonly summary: string;
  /** What is still loading or could not be loaded, in sentences. */
  readonly notes: readonly string[];
  readonly onChoose: (id: string) => void;
  readonly onClose: () => void;
}

/** Search over what can be opened and done, by keyboard from the first letter to the last key. */
export function SearchDialog({ query, onQuery, items, summary, notes, onChoose, onClose }: SearchDialogProps) {
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
            <Autocomplete.Root
              open
              inline
              items={items}
              mode="none"
              value={query}
              onValueChange={onQuery}
              itemToStringValue={(item: SearchItem) => item.label}
              autoHighlight="always"
              keepHighlight
            >
              <Autocomplete.InputGroup className={styles.query}>
                <Search size={16} strokeWidth={1.5} absoluteStrokeWidth aria-hidden="true" />
                <Autocomplete.Input
                  className={styles.input}
                  aria-label="Symbol, coin, kind, venue or command"
                  placeholder="Symbol, coin, kind, venue or command"
                  autoComplete="off"
                  spellCheck={false}
                  maxLength={100}
                />
                <Dialog.Close className={styles.escape} aria-label="Close the search">
                  Esc
                </Dialog.Close>
              </Autocomplete.InputGroup>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
              <div className={styles.scroll} tabIndex={0}>
                <Autocomplete.Empty className={styles.empty}>
                  {query === '' ? '' : `Nothing found for “${query}”.`}
                </Autocomplete.Empty>
                <Autocomplete.List className={styles.list}>
                  {(item: SearchItem) => (
                    <Autocomplete.Item
                      key={item.id}
                      value={item}
                      className={styles.item}
                      data-choice={item.id}
                      onClick={() => onChoose(item.id)}
                    >
                      <ItemIcon item={item} />
                      <span className={styles.label}>
                        <Label item={item} />
                        <small>{item.detail}</small>
                      </span>
                      {item.isSimulated && (
                        <span className={chip.mark} data-mark="simulated">
                          SIMULATED
                        </span>
                      )}
                    </Autocomplete.Item>
                  )}
                </Autocomplete.List>
              </div>
              <Foot summary={summary} notes={notes} />
            </Autocomplete.Root>
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </CSPProvider>
  );
}

const ICONS = { instrument: ChartCandlestick, recent: History, command: Terminal } as const;

function ItemIcon({ item }: { readonly item: SearchItem }) {
  const Icon = item.kind === 'instrument' && item.isSimulated ? FlaskConical : ICONS[item.kind];
  return <Icon className={styles.icon} size={16} strokeWidth={1.5} absoluteStrokeWidth aria-hidden="true" />;
}

function Label({ item: { label, met } }: { readonly item: SearchItem }) {
  if (!met) return <b>{label}</b>;
  const [start, length] = met;
  return (
    <b>
      {label.slice(0, start)}
      <mark>{label.slice(start, start + length)}</mark>
      {label.slice(start + length)}
    </b>
  );
}

function Foot({ summary, notes }: Pick<SearchDialogProps, 'summary' | 'notes'>) {
  return (
    <>
      <div className={styles.notes} aria-live="polite">
        {notes.map((note) => (
          <p key={note}>{note}</p>
        ))}
      </div>
      <footer className={styles.foot}>
        <span>
          <kbd>↑</kbd>
          <kbd>↓</kbd> choose
        </span>
        <span>
          <kbd>Enter</kbd> open
        </span>
        <span className={styles.summary}>{summary}</span>
      </footer>
    </>
  );
}
