import { useEffect, useMemo, useRef } from 'react';
import type { InstrumentId } from '@/market/instrument.ts';
import { venueName } from '@/market/venue-name.ts';
import { statusSource } from '@/store/status-source.ts';
import { useInstrumentInfo } from '@/store/use-market-sample.ts';
import { watch } from '@/store/watch.ts';
import { ChromeIcon } from '@/ui/ChromeIcon.tsx';
import { onTick } from '@/ui/page-clock.ts';
import { createPainter } from '@/ui/painter.ts';
import { StateChip } from '@/ui/StateChip.tsx';
import chip from '@/ui/state-chip.module.css';
import { describeInstrument } from './instrument-figures.ts';
import { createBarPainter } from './instrument-painter.ts';
import { likelyKind, splitId } from './venues.ts';

interface InstrumentBarProps {
  readonly instrument: InstrumentId;
  readonly onSearch: () => void;
}

/** Symbol, last price and the day's figures of the instrument on screen. */
export function InstrumentBar({ instrument, onSearch }: InstrumentBarProps) {
  const bar = useRef<HTMLElement>(null);
  const info = useInstrumentInfo(instrument);
  const { venue, symbol } = splitId(instrument);
  const status = useMemo(() => statusSource(instrument, ['book']), [instrument]);
  const description = describeInstrument(info ?? { kind: likelyKind(instrument), venueName: venueName(venue) });

  useEffect(() => {
    const element = bar.current;
    const view = element?.ownerDocument.defaultView;
    if (!element || !view) return;
    const paint = createBarPainter(element, instrument);
    const painter = createPainter(element, () => paint.last());
    const stops = [
      watch(instrument, ['lastTrade', 'info', 'status'], () => painter.invalidate('data')),
      onTick(view, () => paint.figures()),
      () => painter.dispose(),
    ];
    paint.last();
    paint.figures();
    return () => {
      for (const stop of stops) stop();
    };
  }, [instrument]);

  return (
    <section ref={bar} className="instrument" aria-label="Instrument">
      <button
        type="button"
        className="symbol-button"
        aria-label={`${symbol}, ${description}. Search for another instrument`}
        aria-haspopup="dialog"
        onClick={onSearch}
      >
        <h1>{symbol}</h1>
        <small>{description}</small>
        {venue === 'demo' && (
          <span className={chip.mark} data-mark="simulated">
            SIMULATED
          </span>
        )}
        <ChromeIcon name="down" />
      </button>
      <span className="instrument-chip">
        <StateChip source={status} instrument={instrument} />
      </span>
      <div className="last" data-last="" data-direction="flat">
        <span data-figure="last">–</span>
        <span className="triangle" />
      </div>
      <dl className="facts">
        <div className="fact" data-fact="change">
          <dt className="fact-name">24 h change</dt>
          <dd className="fact-value" data-sign="flat">
            <span className="triangle" />{' '}
            <span className="fact-part" data-figure="change">
              –
            </span>{' '}
            <span className="fact-part" data-figure="percent" />
          </dd>
        </div>
        <Fact fact="high" name="24 h high" />
        <Fact fact="low" name="24 h low" />
        <Fact fact="volume" name={`24 h volume ${info?.sizeUnit ?? ''}`} />
        <Fact fact="quoteVolume" name={`24 h volume ${info?.quote ?? ''}`} />
        <Fact fact="mark" name="Mark" isHidden />
        <Fact fact="funding" name="Funding" isHidden />
      </dl>
    </section>
  );
}

interface FactProps {
  readonly fact: string;
  readonly name: string;
  /** Shown once the venue has spoken of it. */
  readonly isHidden?: boolean;
}

function Fact({ fact, name, isHidden = false }: FactProps) {
  return (
    <div className="fact" data-fact={fact} hidden={isHidden}>
      <dt className="fact-name">{name}</dt>
      <dd className="fact-value" data-figure={fact}>
        –
      </dd>
    </div>
  );
}
