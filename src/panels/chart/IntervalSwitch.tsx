import { type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import { INTERVALS, type Interval } from '@/market/time.ts';
import styles from './chart.module.css';
import { FEW_INTERVALS, intervalLabel, intervalWords } from './interval-text.ts';

interface IntervalSwitchProps {
  readonly interval: Interval;
  readonly onChange: (interval: Interval) => void;
}

/** Width of a segment and of the menu's button, as laid out: what does not fit goes into the menu. */
const SEGMENT = 35;
const WIDE_SEGMENT = 48;

/** The intervals that fit a row, in their order: all, or the usual few with the chosen one among them. */
export function intervalsThatFit(width: number, segment: number, chosen: Interval): readonly Interval[] {
  if (width >= INTERVALS.length * segment) return INTERVALS;
  const room = Math.max(1, Math.floor(width / segment) - 1);
  const few = FEW_INTERVALS.includes(chosen) ? FEW_INTERVALS.slice(0, room) : FEW_INTERVALS.slice(0, room - 1);
  const kept = new Set<Interval>([...few, chosen]);
  if (kept.size > room) kept.delete(few[few.length - 1] === chosen ? few[0] : few[few.length - 1]);
  return INTERVALS.filter((interval) => kept.has(interval));
}

/** Choose the candle interval: segments, and a menu for those that do not fit. */
export function IntervalSwitch({ interval, onChange }: IntervalSwitchProps) {
  const row = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState({ width: INTERVALS.length * SEGMENT, segment: SEGMENT });
  // Measured before the first paint, or a narrow row would be seen to drop segments.
  useLayoutEffect(() => {
    const element = row.current;
    if (!element) return;
    const coarse = element.ownerDocument.defaultView?.matchMedia('(pointer: coarse), (max-width: 599px)');
    const measure = (width: number): void => setRoom({ width, segment: coarse?.matches ? WIDE_SEGMENT : SEGMENT });
    measure(element.clientWidth);
    const observer = new ResizeObserver(([entry]) => measure(entry.contentRect.width));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const inRow = intervalsThatFit(room.width, room.segment, interval);
  const inMenu = INTERVALS.filter((each) => !inRow.includes(each));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a box of its own into the tool row
    <div ref={row} className={styles.intervals} role="group" aria-label="Candle interval">
      {inRow.map((each) => (
        <Segment key={each} interval={each} isChosen={each === interval} onChoose={onChange} />
      ))}
      {inMenu.length > 0 && <MoreIntervals intervals={inMenu} onChange={onChange} />}
    </div>
  );
}

interface SegmentProps {
  readonly interval: Interval;
  readonly isChosen: boolean;
  readonly onChoose: (interval: Interval) => void;
}

function Segment({ interval, isChosen, onChoose }: SegmentProps) {
  return (
    <button
      type="button"
      className={styles.segment}
      aria-pressed={isChosen}
      title={intervalWords(interval)}
      data-interval-choice={interval}
      onClick={() => onChoose(interval)}
    >
      {intervalLabel(interval)}
    </button>
  );
}

interface MoreIntervalsProps {
  readonly intervals: readonly Interval[];
  readonly onChange: (interval: Interval) => void;
}

/** The browser's own popover: it closes by Escape and by a press elsewhere, and nothing clips it. */
function MoreIntervals({ intervals, onChange }: MoreIntervalsProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const handleToggle = (isOpen: boolean): void => {
    if (!isOpen || !button.current || !list.current) return;
    const { left, bottom } = button.current.getBoundingClientRect();
    const { clientWidth, clientHeight } = list.current.ownerDocument.documentElement;
    const { offsetWidth, offsetHeight } = list.current;
    list.current.style.left = `${Math.max(4, Math.min(left, clientWidth - offsetWidth - 4))}px`;
    list.current.style.top = `${Math.max(4, Math.min(bottom + 2, clientHeight - offsetHeight - 4))}px`;
    list.current.querySelector('button')?.focus();
  };
  const handleChoose = (interval: Interval): void => {
    list.current?.hidePopover();
    onChange(interval);
  };
  return (
    <>
      <button ref={button} type="button" className={styles.segment} popoverTarget={id} aria-label="More intervals">
        <span aria-hidden="true">···</span>
      </button>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div
        ref={list}
        id={id}
        popover="auto"
        role="group"
        aria-label="More intervals"
        className={styles.more}
        onToggle={(event) => handleToggle(event.newState === 'open')}
        onKeyDown={stepThroughButtons}
      >
        {intervals.map((each) => (
          <button
            key={each}
            type="button"
            data-interval-choice={each}
            aria-label={`${intervalLabel(each)}, ${intervalWords(each)}`}
            onClick={() => handleChoose(each)}
          >
            <b>{intervalLabel(each)}</b> {intervalWords(each)}
          </button>
        ))}
      </div>
    </>
  );
}

function stepThroughButtons(event: KeyboardEvent<HTMLElement>): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const at = buttons.findIndex((each) => each.matches(':focus'));
  buttons[(at + by + buttons.length) % buttons.length]?.focus();
}
