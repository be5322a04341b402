import type { ChannelStatus } from '@/market/feed-state.ts';

/** The state of what one panel shows, kept outside React: it changes with every frame. */
export interface StatusSource {
  /** The status as last stated, null before the feed has said anything. */
  read(): ChannelStatus | null;
  /** When the feed was last heard at all, page time; 0 while it never was. */
  heardAt(): number;
  /** Called after every frame that touched the instrument. */
  subscribe(listener: () => void): () => void;
}
