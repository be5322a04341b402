import { type ReactNode, useMemo, useState } from 'react';
import type { HealthState } from '@/store/health-store.ts';
import { IconButton } from '@/ui/IconButton.tsx';
import { Copy, FileText, Sheet } from '@/ui/icons.ts';
import { clockMillisText } from '@/ui/page-clock.ts';
import type { FeedRow } from './feed-rows.ts';
import styles from './health.module.css';
import { countText } from './health-words.ts';
import { filterLines, type LogFilter, linesAsCsv, linesAsText, subjectText } from './log-lines.ts';
import { Section } from './Section.tsx';
import { fileName, saveFile } from './save-file.ts';
import { useSize } from './use-size.ts';

type Log = HealthState['log'];

interface LogPanelProps {
  readonly log: Log;
  readonly selected: FeedRow | undefined;
  readonly now: () => number;
}

const LEAST = [
  ['info', 'All events'],
  ['warn', 'Warnings'],
  ['error', 'Failures'],
] as const satisfies readonly (readonly [LogFilter['least'], string])[];

/** What happened, newest first: to filter, to copy, to keep. */
export function LogPanel({ log, selected, now }: LogPanelProps) {
  const [text, setText] = useState('');
  const [least, setLeast] = useState<LogFilter['least']>('info');
  const [isOfFeed, setOfFeed] = useState(false);
  const [said, setSaid] = useState('');
  const subject = isOfFeed ? (selected?.id ?? null) : null;
  const lines = useMemo(() => filterLines(log, { text, least, subject }), [log, text, least, subject]);
  const keep = (ending: 'csv' | 'txt'): void => {
    const [type, content] = ending === 'csv' ? ['text/csv', linesAsCsv(lines)] : ['text/plain', linesAsText(lines)];
    saveFile(document, fileName('log', now(), ending), type, content);
    setSaid(`${countText(lines.length)} lines saved`);
  };
  const copy = (): void => {
    navigator.clipboard.writeText(linesAsText(lines)).then(
      () => setSaid(`${countText(lines.length)} lines copied`),
      () => setSaid('the browser does not let us copy'),
    );
  };
  return (
    <Section
      title="Log"
      className={styles.logPanel}
      note={
        <span aria-live="polite">
          {said ||
            (lines.length === log.length ? 'all feeds' : `${countText(lines.length)} of ${countText(log.length)}`)}
        </span>
      }
      actions={
        <>
          <input
            type="search"
            className={styles.filter}
            aria-label="Filter the log"
            placeholder="Filter"
            value={text}
            maxLength={100}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <select
            className={styles.filter}
            aria-label="Least gravity shown"
            value={least}
            onChange={(event) => setLeast(LEAST.find(([key]) => key === event.currentTarget.value)?.[0] ?? 'info')}
          >
            {LEAST.map(([key, word]) => (
              <option key={key} value={key}>
                {word}
              </option>
            ))}
          </select>
          <span className={styles.segments}>
            <button type="button" aria-pressed={isOfFeed} onClick={() => setOfFeed(!isOfFeed)}>
              {selected?.symbol ?? 'This feed'} only
            </button>
          </span>
          <IconButton icon={Copy} label="Copy these lines" onPress={copy} />
          <IconButton icon={FileText} label="Save these lines as text" onPress={() => keep('txt')} />
          <IconButton icon={Sheet} label="Save these lines as CSV" onPress={() => keep('csv')} />
        </>
      }
    >
      <LogLines lines={lines} none={log.length === 0 ? 'Nothing has happened yet.' : 'No line holds all of that.'} />
    </Section>
  );
}

const BEYOND = 6;

/** As many lines as are in view, of however many there are. */
function LogLines({ lines, none }: { readonly lines: readonly Log[number][]; readonly none: string }) {
  const [ref, { width, height }] = useSize<HTMLDivElement>();
  const [top, setTop] = useState(0);
  const row = width > 0 && width < 480 ? 40 : 20;
  const first = Math.max(0, Math.min(lines.length - 1, Math.floor(top / row)) - BEYOND);
  const count = Math.ceil(height / row) + 2 * BEYOND;
  return (
    <div
      ref={ref}
      className={styles.log}
      role="log"
      aria-live="off"
      aria-label="Log"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      data-lines={lines.length}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      {lines.length === 0 && <p className={styles.empty}>{none}</p>}
      <div className={styles.logSpace} style={{ height: lines.length * row }}>
        {lines.slice(first, first + count).map((line, index) => (
          <LogRow key={line.key} line={line} top={(first + index) * row} height={row} />
        ))}
      </div>
    </div>
  );
}

interface LogRowProps {
  readonly line: Log[number];
  readonly top: number;
  readonly height: number;
}

function LogRow({ line, top, height }: LogRowProps): ReactNode {
  const times = line.times > 1 ? ` ×${countText(line.times)}` : '';
  return (
    <div className={styles.logRow} data-severity={line.severity} style={{ top, height }}>
      <time dateTime={new Date(line.at).toISOString()}>{clockMillisText(line.at)}</time>
      <span title={line.subject ?? undefined}>{subjectText(line.subject)}</span>
      <span title={line.text}>
        {line.text}
        {times}
      </span>
    </div>
  );
}
