import { useEffect, useState } from 'react';
import { deskStore } from '@/store/desk-store.ts';
import { recordOf } from '@/store/market-store.ts';
import { heardAt } from '@/store/status-source.ts';
import { CountChip } from '@/ui/CountChip.tsx';
import { countFeeds } from '@/ui/feed-counts.ts';
import { onTick, pageNow } from '@/ui/page-clock.ts';
import { isUnheard } from '@/ui/status-words.ts';
import { setLayout } from '@/workspace/workspace-store.ts';
import { splitId } from './venues.ts';

/** The state of every feed of the desk as a text, so that an unchanged answer renders nothing; empty while unknown. */
function readStates(): string {
  if (isUnheard(heardAt(), pageNow())) return '';
  const { instruments } = deskStore.getState();
  return instruments.map((id) => `${recordOf(id)?.status.book.state ?? 'connecting'} ${splitId(id).venue}`).join();
}

/** How many feeds are live and what the others are; pressed, it shows their health. */
export function FeedCounts() {
  const [states, setStates] = useState(readStates);
  useEffect(() => onTick(window, () => setStates(readStates())), []);
  const feeds = states === '' ? [] : states.split(',').map(parseState);
  const { live, simulatedLive, rest } = countFeeds(feeds);
  return (
    <button
      type="button"
      className="status-counts"
      title="Show the health of all feeds"
      onClick={() => setLayout('health')}
    >
      {states === '' && (
        <CountChip
          word="of the feeds unknown"
          count={deskStore.getState().instruments.length}
          tone="warn"
          state="stale"
        />
      )}
      {live > 0 && <CountChip word="live" count={live} tone="live" state="live" />}
      {simulatedLive > 0 && <CountChip word="simulated" count={simulatedLive} tone="sim" state="live" />}
      {rest.map((count) => (
        <CountChip key={count.word} {...count} />
      ))}
    </button>
  );
}

function parseState(text: string): Parameters<typeof countFeeds>[0][number] {
  const [state, venue] = text.split(' ');
  return { state: state as Parameters<typeof countFeeds>[0][number]['state'], simulated: venue === 'demo' };
}
