import { useEffect, useId, useState } from 'react';
import type { InstrumentInfo } from '@/market/instrument.ts';
import styles from './tape.module.css';
import { readMinimum } from './tape-config.ts';

interface MinimumFieldProps {
  readonly info: InstrumentInfo | null;
  /** The minimum in force, decimal text; empty for none. */
  readonly minimum: string;
  readonly onMinimum: (text: string) => void;
}

/** The smallest size to show. What cannot be read says why and leaves the last good minimum in force. */
export function MinimumField({ info, minimum, onMinimum }: MinimumFieldProps) {
  const [typed, setTyped] = useState(minimum);
  const [problem, setProblem] = useState('');
  const id = useId();
  const owner = info?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another instrument has another minimum
  useEffect(() => {
    setTyped(minimum);
    setProblem('');
  }, [owner, minimum]);

  const handleChange = (text: string): void => {
    setTyped(text);
    if (!info) return;
    const read = readMinimum(text, info);
    setProblem(read.ok ? '' : read.error);
    if (read.ok && read.value.text !== minimum) onMinimum(read.value.text);
  };
  return (
    <span className={styles.minimum}>
      <label className={styles.caption} htmlFor={id}>
        Min
      </label>
      <input
        id={id}
        className={styles.field}
        type="text"
        inputMode="decimal"
        autoComplete="off"
        placeholder="all"
        maxLength={20}
        disabled={!info}
        value={typed}
        aria-label="Smallest size shown"
        aria-invalid={problem !== ''}
        aria-describedby={problem === '' ? undefined : `${id}-problem`}
        onChange={(event) => handleChange(event.target.value)}
        onBlur={() => {
          setTyped(minimum);
          setProblem('');
        }}
      />
      {problem !== '' && (
        <span id={`${id}-problem`} className={styles.problem} role="alert">
          {problem}
        </span>
      )}
    </span>
  );
}
