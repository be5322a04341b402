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
  coinbase: {
    sockets: ['wss://ws-feed.exchange.coinbase.com'],
    requests: ['https://api.exchange.coinbase.com'],
  },
  kraken: { sockets: ['wss://ws.kraken.com'], requests: ['https://api.kraken.com'] },
  bybit: { sockets: ['wss://stream.bybit.com'], requests: ['https://api.bybit.com'] },
  'bybit-linear': { sockets: ['wss://stream.bybit.com'], requests: ['https://api.bybit.com'] },
  okx: { sockets: ['wss://ws.okx.com:8443'], requests: ['https://www.okx.com'] },
  bitstamp: { sockets: ['wss://ws.bitstamp.net'], requests: ['https://www.bitstamp.net'] },
  hyperliquid: { sockets: ['wss://api.hyperliquid.xyz'], requests: ['https://api.hyperliquid.xyz'] },
  deribit: { sockets: ['wss://www.deribit.com'], requests: ['https://www.deribit.com'] },
} as const satisfies Record<string, VenueHosts>;
