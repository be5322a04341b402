import type { ReactNode } from 'react';
import { Dialog } from '@/ui/Dialog.tsx';

type Row = readonly [keys: readonly string[], does: string];

const SECTIONS: readonly { readonly title: string; readonly rows: readonly Row[] }[] = [
  {
    title: 'Everywhere but in text fields',
    rows: [
      [['/', 'Ctrl K'], 'Search for an instrument or a command'],
      [['?'], 'This page'],
      [['Space'], 'Recentre the order book (a focused button keeps its own Space)'],
      [['[', ']'], 'Finer or coarser price grouping'],
      [['Alt 1', 'Alt 2'], 'The layouts in their order: Starter, Health'],
      [['F6', 'Shift F6'], 'Next or previous panel'],
      [['Esc'], 'Close what is open'],
    ],
  },
  {
    title: 'In the search',
    rows: [
      [['↑', '↓', 'Home', 'End'], 'Choose a line'],
      [['Enter'], 'Open it'],
      [['Ctrl D'], 'Star it, or take its star away'],
    ],
  },
  {
    title: 'In the order book',
    rows: [
      [['↑', '↓'], 'Move through the rows'],
      [['Page Up', 'Page Down'], 'Scroll the price axis'],
      [['Home'], 'Back to the market'],
    ],
  },
  {
    title: 'In the trades',
    rows: [
      [['P'], 'Pause and go on'],
      [['End'], 'Back to the newest print'],
    ],
  },
  {
    title: 'In Health',
    rows: [
      [['↑', '↓'], 'Next feed'],
      [['Enter', '→', '←'], 'Open or close its details'],
    ],
  },
  {
    title: 'In the chart',
    rows: [
      [['A … Z'], 'Search beginning with that letter'],
      [['1 … 9', ','], 'Type an interval: 15, 4h, 1d'],
      [['←', '→'], 'Read candle by candle'],
      [['Ctrl ←', 'Ctrl →'], 'Scroll'],
      [['Ctrl ↑', 'Ctrl ↓'], 'Zoom'],
      [['Alt R'], 'Reset the view'],
    ],
  },
];

/** The sheet of keys, and what this is and stands on. */
export function HelpHost({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      {SECTIONS.map(({ title, rows }) => (
        <section key={title}>
          <h3>{title}</h3>
          <dl>
            {rows.map(([keys, does]) => (
              <Keys key={`${keys.join()} ${does}`} keys={keys} does={does} />
            ))}
          </dl>
        </section>
      ))}
      <About />
    </Dialog>
  );
}

function Keys({ keys, does }: { readonly keys: readonly string[]; readonly does: string }) {
  return (
    <>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{does}</dd>
    </>
  );
}

function About() {
  return (
    <section>
      <h3>About</h3>
      <p>
        Depthwire {__APP_VERSION__} shows public market data straight from the venue, in this tab alone: no account, no
        server of its own, nothing recorded about you. Market data belongs to the venues. Nothing here is advice.
      </p>
      <p>
        TradingView Lightweight Charts, Copyright (c) TradingView, Inc.,{' '}
        <Outside href="https://www.tradingview.com/">https://www.tradingview.com/</Outside>
      </p>
      <p>
        Fonts: Inter, copyright the Inter Project Authors, and JetBrains Mono, copyright the JetBrains Mono Project
        Authors, both under the SIL Open Font License 1.1 (<a href="./fonts/OFL-Inter.txt">Inter</a>,{' '}
        <a href="./fonts/OFL-JetBrainsMono.txt">JetBrains Mono</a>). Icons: Lucide, ISC License.
      </p>
    </section>
  );
}

function Outside({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
