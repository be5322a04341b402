/** A whole book as the venue answers it. */
export interface SnapshotBody {
  readonly symbol: string;
  readonly sequence: number;
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

/** One line of a capture, ready to be measured. */
export interface Step {
  /** Receive time, microseconds. */
  readonly t: number;
  readonly text: string;
  /** Which of the venue's sockets carries it; for a futures venue there are two. */
  readonly isMarketSide: boolean;
  /** The line is an answered book request instead of a message. */
  readonly snapshot: SnapshotBody | null;
}
