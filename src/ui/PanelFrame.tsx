import { FlaskConical } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import type { InstrumentId } from '@/market/instrument.ts';
import type { PanelDefinition } from './panel.ts';
import styles from './panel-frame.module.css';
import { StateChip } from './StateChip.tsx';
import chipStyles from './state-chip.module.css';
import type { StatusSource } from './status-source.ts';
import { useFeedState } from './use-status.ts';

interface PanelFrameProps {
  readonly kind: PanelDefinition['kind'];
  /** `Order book`; with the symbol it names the region. */
  readonly title: string;
  readonly panelId: string;
  readonly instrument: InstrumentId;
  readonly symbol: string;
  readonly venueName: string;
  readonly flags: { readonly simulated: boolean; readonly local: boolean };
  readonly status: StatusSource;
  /** Icon buttons at the right of the header. */
  readonly actions?: ReactNode;
  /** The 28 px row under the header. */
  readonly toolRow?: ReactNode;
  readonly className?: string | undefined;
  readonly onKeyDown?: (event: KeyboardEvent<HTMLElement>) => void;
  readonly children: ReactNode;
}

/** The frame every market panel stands in: header, state, marks that cannot be hidden, and one place in the panel ring. */
export function PanelFrame(props: PanelFrameProps) {
  const { status, flags } = props;
  const region = useRef<HTMLElement>(null);
  const isReplay = useFeedState(status) === 'replay';
  const mark = flags.simulated ? 'SIMULATED' : isReplay ? 'REPLAY' : null;

  // Written here rather than rendered, so that the attribute is right in the very task that brought the frame.
  useEffect(() => {
    const write = (): void => {
      const state = status.read()?.state ?? 'connecting';
      if (region.current && region.current.dataset.state !== state) region.current.dataset.state = state;
    };
    write();
    return status.subscribe(write);
  }, [status]);

  return (
    <section
      ref={region}
      id={props.panelId}
      className={props.className ? `${styles.panel} ${props.className}` : styles.panel}
      aria-label={`${props.title} ${props.symbol}`}
      tabIndex={-1}
      data-panel={props.kind}
      data-panel-ring=""
      data-instrument={props.instrument}
      data-marked={mark === null ? undefined : ''}
      data-local={flags.local ? '' : undefined}
      onKeyDown={props.onKeyDown}
    >
      <header className={styles.header}>
        <span className={styles.dot} aria-hidden="true" />
        <b className={styles.symbol} title={props.symbol}>
          {props.symbol}
        </b>
        <span className={styles.venue} title={props.venueName}>
          {props.venueName}
        </span>
        {flags.simulated && (
          <span className={chipStyles.mark} data-mark="simulated">
            <FlaskConical className={styles.flask} size={12} strokeWidth={2} absoluteStrokeWidth aria-hidden="true" />
            SIMULATED
          </span>
        )}
        {flags.local && (
          <span className={chipStyles.mark} data-mark="local" title="Connected to a server on this machine">
            LOCAL
          </span>
        )}
        <StateChip source={status} instrument={props.instrument} />
        <span className={styles.actions}>{props.actions}</span>
      </header>
      {props.toolRow && <div className={styles.tools}>{props.toolRow}</div>}
      <div className={styles.body}>
        {mark && (
          <span className={styles.watermark} data-kind={props.kind} aria-hidden="true">
            <span>{mark}</span>
            {props.kind === 'ladder' && <span>{mark}</span>}
          </span>
        )}
        <div className={styles.content}>{props.children}</div>
      </div>
      {mark && <span className={styles.border} aria-hidden="true" />}
    </section>
  );
}
