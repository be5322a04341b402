import type { ReactNode } from 'react';
import styles from './health.module.css';

interface SectionProps {
  readonly title: string;
  /** Beside the title: whose, or why. */
  readonly note?: ReactNode;
  /** At the right of the header. */
  readonly actions?: ReactNode;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** One part of the health panel: a header and a body of its own, and a place in the panel ring. */
export function Section({ title, note, actions, className, children }: SectionProps) {
  return (
    <section
      className={className ? `${styles.section} ${className}` : styles.section}
      aria-label={title}
      tabIndex={-1}
      data-panel-ring=""
    >
      <header className={styles.header}>
        <b>{title}</b>
        <span className={styles.note}>{note}</span>
        <span className={styles.actions}>{actions}</span>
      </header>
      {children}
    </section>
  );
}
