import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Interval } from '@/market/time.ts';
import styles from './chart.module.css';
import { intervalWords, parseIntervalText, typableIntervals } from './interval-text.ts';

interface IntervalBoxProps {
  /** What was typed before the box opened. */
  readonly text: string;
  /** Null when it was left without a choice. */
  readonly onDone: (interval: Interval | null) => void;
}

/** Type an interval: `15`, `4h`, `1d`. */
export function IntervalBox({ text, onDone }: IntervalBoxProps) {
  const input = useRef<HTMLInputElement>(null);
  const [value, setValue] = useState(text);
  const choice = parseIntervalText(value);
  useEffect(() => input.current?.focus(), []);
  const handleKey = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === 'Escape') onDone(null);
    if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (choice) onDone(choice);
  };
  const isWrong = value.trim() !== '' && !choice;
  return (
    <div className={styles.box}>
      <label>
        Interval
        <input
          ref={input}
          value={value}
          maxLength={8}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={isWrong}
          aria-describedby="chart-interval-hint"
          onChange={(event) => setValue(event.target.value)}
          onKeyDown={handleKey}
          onBlur={() => onDone(null)}
        />
      </label>
      <p id="chart-interval-hint" aria-live="polite" data-wrong={isWrong || undefined}>
        {choice
          ? `${intervalWords(choice)}, press Enter`
          : isWrong
            ? `Not an interval. Try ${typableIntervals()}`
            : typableIntervals()}
      </p>
    </div>
  );
}
