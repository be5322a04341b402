import { OctagonAlert } from 'lucide-react';
import controls from './controls.module.css';
import { plainText } from './fault-sentence.ts';
import { clockText } from './page-clock.ts';
import frame from './panel-frame.module.css';
import { CopyDetails } from './StateCard.tsx';
import styles from './state-card.module.css';
import chip from './state-chip.module.css';

interface PanelCrashProps {
  /** `Order book`, `Trades`, `Chart`. */
  readonly title: string;
  readonly symbol: string;
  readonly error: unknown;
  /** When it stopped, page time. */
  readonly at: number;
  readonly onReload: () => void;
}

/** What stands where a panel was that could not go on; the others do. */
export function PanelCrash({ title, symbol, error, at, onReload }: PanelCrashProps) {
  const details = (): string => {
    const reason = error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ''}` : String(error);
    return `panel: ${title} ${symbol}\nat: ${new Date(at).toISOString()}\n${reason}`;
  };
  const reason = error instanceof Error ? error.message : String(error);
  return (
    <section className={frame.panel} aria-label={`${title} ${symbol}`} tabIndex={-1} data-panel-ring="">
      <header className={frame.header}>
        <span className={frame.dot} aria-hidden="true" />
        <b className={frame.symbol}>{symbol}</b>
        <span className={chip.chip} data-tone="bad">
          <OctagonAlert size={12} strokeWidth={2} absoluteStrokeWidth aria-hidden="true" />
          Stopped
        </span>
      </header>
      <div className={frame.body}>
        <div className={styles.over}>
          <div className={styles.card} role="alert">
            <h4 className={styles.title}>
              <OctagonAlert size={16} strokeWidth={1.5} absoluteStrokeWidth aria-hidden="true" />
              {title} stopped
            </h4>
            <p className={styles.text}>
              A drawing error at {clockText(at)} UTC: {plainText(reason).slice(0, 160)}. The feed and the other panels
              go on; nothing received is lost.
            </p>
            <div className={styles.row}>
              <button type="button" className={controls.button} data-rank="first" onClick={onReload}>
                Reload panel
              </button>
              <CopyDetails text={details} />
            </div>
          </div>
        </div>
      </div>
    </section>
  );
}
