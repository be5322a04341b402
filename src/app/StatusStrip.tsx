import { useEffect, useMemo, useRef } from 'react';
import type { InstrumentId } from '@/market/instrument.ts';
import { venueName } from '@/market/venue-name.ts';
import { useDesk } from '@/store/desk-store.ts';
import { recordOf } from '@/store/market-store.ts';
import { statusSource } from '@/store/status-source.ts';
import { clockText, onTick, pageNow } from '@/ui/page-clock.ts';
import { StateChip } from '@/ui/StateChip.tsx';
import { useLayout } from '@/workspace/workspace-store.ts';
import { FeedCounts } from './FeedCounts.tsx';
import type { FeedLink } from './feed-link.ts';
import { write } from './instrument-painter.ts';
import { bookWords, loadWords, tapeWords } from './status-words.ts';
import { splitId } from './venues.ts';

interface StatusStripProps {
  readonly instrument: InstrumentId;
  readonly link: FeedLink;
}

/** The strip along the bottom: how the feed is, what the book and tape can prove, what the page costs. */
export function StatusStrip({ instrument, link }: StatusStripProps) {
  const strip = useRef<HTMLElement>(null);
  const source = useMemo(() => statusSource(instrument, ['book']), [instrument]);
  const { venue } = splitId(instrument);
  const isOneOfMany = useDesk((state) => state.instruments.length > 1);
  const isCounting = useLayout() === 'health' || isOneOfMany;

  useEffect(() => {
    const element = strip.current;
    const view = element?.ownerDocument.defaultView;
    if (!element || !view) return;
    const figure = (name: string): HTMLElement | null => element.querySelector(`[data-figure="${name}"]`);
    const cells = new Map(
      ['book', 'tape', 'rate', 'paint', 'worker', 'skew', 'clock'].map((name) => [name, figure(name)]),
    );
    const refresh = (): void => {
      const record = recordOf(instrument);
      const texts = { book: bookWords(record), tape: tapeWords(record), ...loadWords(link.stats()) };
      for (const [name, text] of Object.entries(texts)) put(cells.get(name) ?? null, text);
      put(cells.get('clock') ?? null, clockText(pageNow()));
    };
    refresh();
    return onTick(view, refresh);
  }, [instrument, link]);

  return (
    <footer ref={strip} className="status">
      <div className="status-facts">
        <span className="status-fact" data-venue="">
          {isCounting ? (
            <FeedCounts />
          ) : (
            <>
              {venueName(venue)} <StateChip source={source} instrument={instrument} />
            </>
          )}
        </span>
        <span className="status-fact">
          Book <em data-figure="book" />
        </span>
        <span className="status-fact">
          Tape <em data-figure="tape" />
        </span>
      </div>
      <div className="status-facts">
        <span className="status-fact" data-wide="">
          <em>
            <span data-figure="rate" /> msg/s
          </em>
        </span>
        <span className="status-fact" data-wide="">
          <em>frame p95</em> <span data-figure="paint" />
        </span>
        <span className="status-fact" data-wide="">
          <em>worker</em> <span data-figure="worker" />
        </span>
        <span className="status-fact" data-skew="">
          <em data-figure="skew" />
          <span>
            <span data-figure="clock" /> UTC
          </span>
        </span>
      </div>
    </footer>
  );
}

/** Room is kept for what is usual; beyond it, it grows in steps of eight characters and never shrinks. */
function put(cell: HTMLElement | null, text: string): void {
  write(cell, text);
  if (!cell) return;
  const room = Math.ceil(text.length / 8) * 8;
  if (text.length <= (USUAL_ROOM[cell.dataset.figure ?? ''] ?? 8) || room <= Number(cell.dataset.room ?? 0)) return;
  cell.dataset.room = String(room);
  cell.style.minWidth = `${room * 0.92}ch`;
}

/** Characters that the stylesheet has room for. */
const USUAL_ROOM: Readonly<Record<string, number>> = { book: 60, tape: 27 };
