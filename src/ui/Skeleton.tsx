import styles from './skeleton.module.css';

interface SkeletonBarProps {
  readonly width: number;
  readonly align?: 'start' | 'center' | 'end';
}

/** A bar where text will stand, in the size it will have. */
export function SkeletonBar({ width, align = 'start' }: SkeletonBarProps) {
  return (
    <span className={styles.slot} data-align={align}>
      <i className={styles.bar} style={{ width }} />
    </span>
  );
}

interface SkeletonRowsProps {
  readonly count: number;
  /** `grid-template-columns` of the rows they stand for. */
  readonly columns: string;
  /** Bar width of one cell, 0 for an empty one. */
  readonly widthOf: (row: number, column: number) => number;
  readonly align: readonly ('start' | 'center' | 'end')[];
}

/** Rows at final size while there is nothing to put in them. */
export function SkeletonRows({ count, columns, widthOf, align }: SkeletonRowsProps) {
  return (
    <div className={styles.rows} aria-hidden="true">
      {Array.from({ length: count }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are places, not things
        <div key={row} className={styles.row} style={{ gridTemplateColumns: columns }}>
          {align.map((at, column) => {
            const width = widthOf(row, column);
            // biome-ignore lint/suspicious/noArrayIndexKey: the columns are places, not things
            return width > 0 ? <SkeletonBar key={column} width={width} align={at} /> : <span key={column} />;
          })}
        </div>
      ))}
    </div>
  );
}
