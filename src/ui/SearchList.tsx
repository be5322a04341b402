import { ChartCandlestick, FlaskConical, History, Star, Terminal } from 'lucide-react';
import { type MouseEvent, useLayoutEffect, useRef } from 'react';
import type { SearchGroup, SearchItem } from './SearchDialog.tsx';
import styles from './search-dialog.module.css';
import chip from './state-chip.module.css';

interface SearchListProps {
  readonly id: string;
  readonly groups: readonly SearchGroup[];
  /** Which line is chosen, counted over all groups. */
  readonly at: number;
  readonly onPoint: (id: string) => void;
  readonly onChoose: (id: string) => void;
  readonly onStar: (item: SearchItem) => void;
}

/** The lines of a search under their headings; the field outside holds the focus. */
export function SearchList({ id, groups, at, onPoint, onChoose, onStar }: SearchListProps) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // The first line brings its heading with it.
    if (at === 0) list.current?.scrollTo({ top: 0 });
    else list.current?.querySelectorAll('[role="option"]').item(at).scrollIntoView({ block: 'nearest' });
  }, [at]);

  let line = 0;
  return (
    <div ref={list} id={id} className={styles.list} role="listbox" aria-label="Found">
      {groups.map(({ title, items }) => (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset groups fields; these are options under a heading
        <div key={title} role="group" aria-label={title}>
          <div className={styles.heading} aria-hidden="true">
            {title}
          </div>
          {items.map((item) => {
            const index = line++;
            return (
              <Line
                key={item.id}
                id={`${id}-${index}`}
                item={item}
                isActive={index === at}
                onPoint={onPoint}
                onChoose={onChoose}
                onStar={onStar}
              />
            );
          })}
        </div>
      ))}
    </div>
  );
}

interface LineProps extends Pick<SearchListProps, 'onPoint' | 'onChoose' | 'onStar'> {
  readonly id: string;
  readonly item: SearchItem;
  readonly isActive: boolean;
}

function Line({ id, item, isActive, onPoint, onChoose, onStar }: LineProps) {
  const handleClick = (event: MouseEvent): void => {
    const isOnStar = event.target instanceof Element && event.target.closest('[data-star]') !== null;
    if (isOnStar) onStar(item);
    else onChoose(item.id);
  };
  return (
    <button
      type="button"
      id={id}
      className={styles.item}
      role="option"
      tabIndex={-1}
      aria-selected={isActive}
      data-choice={item.id}
      onPointerDown={(event) => event.preventDefault()}
      onPointerMove={isActive ? undefined : () => onPoint(item.id)}
      onClick={handleClick}
    >
      <ItemIcon item={item} />
      <span className={styles.label}>
        <Label item={item} /> <small>{item.detail}</small>
        {item.isStarred && <span className={styles.unseen}>, starred</span>}
      </span>
      {item.isSimulated && (
        <span className={chip.mark} data-mark="simulated">
          SIMULATED
        </span>
      )}
      {item.isStarred !== null && (
        <span className={styles.star} data-star={item.isStarred ? 'on' : 'off'} aria-hidden="true">
          <Star size={16} strokeWidth={1.5} absoluteStrokeWidth />
        </span>
      )}
      <span className={styles.enter} aria-hidden="true">
        Enter
      </span>
    </button>
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
