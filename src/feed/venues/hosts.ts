/** Where one venue may be reached: exact origins, sockets (`wss://`) and requests (`https://`) apart. */
export interface VenueHosts {
  readonly sockets: readonly string[];
  readonly requests: readonly string[];
}

/**
 * Every remote origin the product may speak to, by venue id. The content security policy is generated from this list
 * and the transport refuses whatever is not in it, so a new host is one line here and nothing else.
 * Plain data without imports, because the build reads it too. Origins only: scheme, host and, where the venue needs
 * one, port; no path and no trailing slash.
 */
export const VENUE_HOSTS = {
  binance: {
    sockets: ['wss://stream.binance.com:9443', 'wss://data-stream.binance.vision', 'wss://ws-api.binance.com'],
    requests: ['https://data-api.binance.vision', 'https://api.binance.com'],
  },
  'binance-usdm': {
    sockets: ['wss://fstream.binance.com', 'wss://ws-fapi.binance.com'],
    requests: ['https://fapi.binance.com'],
  },
} as const satisfies Record<string, VenueHosts>;
