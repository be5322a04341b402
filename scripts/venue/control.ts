import { parseAction, parseChaos } from './chaos-spec';
import { type RestAnswer, type RestRequest, VenueError } from './venue-protocol';
import type { VenueServer } from './venue-server';

/** The addresses that are ours, not the venue's: the truth, the clients, the faults. Null for any other path. */
export function control(server: VenueServer, request: RestRequest): RestAnswer | null {
  const { path, method, query } = request;
  if (method === 'OPTIONS') return null;
  switch (path) {
    case '/truth':
      return truth(server, query.get('symbol'));
    case '/clients':
      return answer(200, clients(server));
    case '/chaos':
      return method === 'POST' ? chaos(server, query) : answer(405, { error: 'POST /chaos?do=VERB&arg=ARG' });
    case '/resume':
      if (method !== 'POST') return answer(405, { error: 'POST /resume' });
      server.replay.resume();
      return answer(200, { state: server.replay.state });
    default:
      return null;
  }
}

export interface ClientReport {
  readonly id: number;
  readonly path: string;
  readonly subscriptions: readonly string[];
  /** Names acknowledged that never send anything. */
  readonly silent: readonly string[];
  readonly sent: number;
  readonly received: number;
  readonly bufferedBytes: number;
  readonly openedAt: number;
}

export function clients(server: VenueServer): ClientReport[] {
  return [...server.hub.peers].map(({ id, path, names, silent, sent, received, bufferedBytes, openedAt }) => ({
    id,
    path,
    subscriptions: [...names.values()].flatMap((set) => [...set]),
    silent: [...silent],
    sent,
    received,
    bufferedBytes,
    openedAt,
  }));
}

function truth(server: VenueServer, asked: string | null): RestAnswer {
  const { symbols } = server.market;
  const symbol = asked ?? (symbols.length === 1 ? symbols[0] : '');
  const found = server.market.truth(symbol);
  if (found !== null) return answer(200, { symbol, state: server.replay.state, lap: server.replay.lap, ...found });
  return answer(404, { error: `symbol= must be one of ${symbols.join(', ')}` });
}

function chaos(server: VenueServer, query: URLSearchParams): RestAnswer {
  const verb = query.get('do') ?? '';
  const arg = query.get('arg');
  try {
    // `do` may carry its own moment (drop@u=123); an argument given apart may hold any character.
    const [name, when] = verb.split('@', 2);
    const steps =
      when === undefined && arg !== null
        ? [{ when: { kind: 'now' as const }, action: parseAction(name, arg) }]
        : parseChaos(arg === null ? verb : `${verb}:${arg}`);
    if (steps.length === 0) return answer(400, { error: 'do= names no fault' });
    const refusals = server.chaos.add(steps);
    return refusals.length > 0
      ? answer(400, { error: refusals.join(' ') })
      : answer(200, { done: verb, state: server.replay.state });
  } catch (error) {
    if (error instanceof VenueError) return answer(400, { error: error.message });
    throw error;
  }
}

function answer(status: number, body: unknown): RestAnswer {
  return { status, body: JSON.stringify(body) };
}
