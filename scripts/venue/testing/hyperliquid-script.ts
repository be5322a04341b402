import type { Capture } from '../../capture-file';
import { RecordingScript } from './script';

export const COIN = 'BTC';

/** Ten whole books half a second apart and trades between them, the first message of those with older ones. */
export function hyperliquidScript(options: { coin?: string; books?: number; gapMs?: number } = {}): Capture {
  const { coin = COIN, books = 10, gapMs = 500 } = options;
  const script = new RecordingScript('wss://api.hyperliquid.xyz/ws');
  for (let index = 0; index < books; index++) {
    const level = (px: string, sz: string, n: number): object => ({ n, px, sz });
    const bids = [level('64250.0', `0.${10 + index}`, 3), level('64249.0', '1.5', 7), level('64247.0', '0.02', 1)];
    const asks = [level('64251.0', `0.${30 + index}`, 2), level('64253.0', '0.90001', 5)];
    script.hear({ channel: 'l2Book', data: { coin, levels: [bids, asks], time: script.now } }, gapMs / 2);
    const rows = index === 0 ? [trade(coin, 11, script.now - 70_000), trade(coin, 12, script.now - 65_000)] : [];
    if (index % 2 === 1) rows.push(trade(coin, 20 + index, script.now), trade(coin, 40 + index, script.now));
    if (rows.length > 0) script.hear({ channel: 'trades', data: rows }, gapMs / 2);
    else script.wait(gapMs / 2);
  }
  return script.capture(`hyperliquid-${coin.replace('/', '')}.jsonl`);
}

function trade(coin: string, tid: number, time: number): object {
  const hash = `0x${String(tid).padStart(64, '0')}`;
  const side = tid % 2 === 0 ? 'B' : 'A';
  const px = side === 'B' ? '64251.0' : '64250.0';
  return { coin, side, px, sz: '0.01', time, hash, tid, users: ['0x1', '0x2'] };
}
