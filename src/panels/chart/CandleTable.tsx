import { useEffect, useState } from 'react';
import styles from './chart.module.css';

interface CandleTableProps {
  readonly caption: string;
  readonly rows: () => readonly (readonly string[])[];
  /** Kept up to date, once a second. */
  readonly isLive: boolean;
}

const HEADS = ['Time UTC', 'Open', 'High', 'Low', 'Close', 'Volume'];

/** The candles in view as a table, for those who read the page instead of seeing it. */
export function CandleTable({ caption, rows, isLive }: CandleTableProps) {
  const [shown, setShown] = useState<readonly (readonly string[])[]>([]);
  useEffect(() => {
    if (!isLive) return;
    setShown(rows());
    const timer = window.setInterval(() => setShown(rows()), 1000);
    return () => window.clearInterval(timer);
  }, [isLive, rows]);
  if (shown.length === 0) return null;
  return (
    <table className={styles.hidden}>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {HEADS.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shown.map(([time, ...values]) => (
          <tr key={time}>
            <th scope="row">{time}</th>
            {values.map((value, i) => (
              <td key={HEADS[i + 1]}>{value}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
