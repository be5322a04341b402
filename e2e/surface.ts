/** The scripting surface as docs/AUTOMATION.md promises it, written down a second time: a test is no judge of its own. */
export type State =
  | 'connecting'
  | 'syncing'
  | 'live'
  | 'lagging'
  | 'stale'
  | 'resyncing'
  | 'offline'
  | 'rate-limited'
  | 'rejected'
  | 'blocked'
  | 'replay';

export type Level = [price: string, size: string];

export interface Candle {
  t: number;
  o: string;
  h: string;
  l: string;
  c: string;
  v: string;
  n: number;
  partial: boolean;
}

export interface Candles {
  interval: string;
  last: Candle[];
}

export interface InstrumentSnapshot {
  id: string;
  venue: string;
  symbol: string;
  state: State;
  channels: Partial<Record<'book' | 'trades' | 'candles' | 'ticker', State>>;
  simulated: boolean;
  local: boolean;
  proof: 'sequence' | 'checksum' | 'audit' | 'snapshot' | 'unverified';
  provenAt: number;
  priceStep: string;
  sizeUnit: string;
  book: {
    bids: Level[];
    asks: Level[];
    bidLevels: number;
    askLevels: number;
    sequence: string;
    checksum: string;
  };
  bbo: { bid: string; ask: string; spread: string } | null;
  lastTrade: { id: string; price: string; size: string; aggressor: 'buyer' | 'seller'; time: number } | null;
  trades: { received: number; duplicates: number; missing: number; buyVolume: string; sellVolume: string };
  candles: Candles;
  series: Candles[];
  counters: {
    messages: number;
    bytes: number;
    rejected: number;
    offGrid: number;
    gaps: number;
    resyncs: number;
    reconnects: number;
    checksums: number;
    checksumFailures: number;
  };
  ageMs: number;
  lagMs: number | null;
}

export interface Snapshot {
  at: number;
  instruments: InstrumentSnapshot[];
  frames: {
    received: number;
    painted: number;
    conflatedMessages: number;
    wireToPixelMs: { p50: number; p95: number; p99: number; max: number; n: number };
    mainThreadMs: { p50: number; p95: number; max: number };
  };
  worker: { busyPercent: number; messagesPerSecond: number; restarts: number };
}

export interface Digest {
  sequence: string;
  bidLevels: number;
  askLevels: number;
  sha256: string;
}

export interface Depthwire {
  readonly version: string;
  readonly api: 1;
  ready(): Promise<void>;
  snapshot(): Snapshot;
  on(event: 'frame' | 'state', listener: (s: Snapshot) => void): () => void;
  digest(id: string): Promise<Digest>;
}

/** What the page was seen to say at one moment; times are page time, ms since 1970. */
export interface Sighting {
  at: number;
  id: string;
  state: State;
  channels: InstrumentSnapshot['channels'];
  /** Time since the newest message of the book. */
  ageMs: number;
  bid: string;
  ask: string;
  sequence: string;
}

declare global {
  interface Window {
    readonly depthwire: Depthwire;
    /** Kept by the recorder that every test's page starts with. */
    sightings: Sighting[];
    violations: string[];
  }
}
