import { booleanOf, type JsonObject, textOf } from '../json.ts';
import { Refusal, wantText } from './strict-fields.ts';
import type { DecodeSink } from './venue.ts';

const TOPICS = /\b(?:orderbook|publicTrade|tickers|kline)\.[\w.-]+/g;
const MAX_ID = 64;
const MAX_DETAIL = 300;

/**
 * Answers to what was sent. `success` decides; the sentence beside it is for people, but of a stream asked for twice
 * the venue says that and calls it a failure, although the stream flows. @throws Refusal when it is malformed
 */
export function decodeControl(root: JsonObject, sink: DecodeSink): void {
  const op = wantText(root, 'op');
  const said = textOf(root.get('ret_msg')) ?? '';
  if (op === 'pong' || (op === 'ping' && (said === '' || said === 'pong'))) {
    sink.control({ kind: 'heartbeat' });
    return;
  }
  if (op !== 'subscribe' && op !== 'unsubscribe') {
    sink.ignored(true);
    return;
  }
  const isDone = booleanOf(root.get('success'));
  if (isDone === undefined) throw new Refusal('success is not true or false');
  const stated = textOf(root.get('req_id')) ?? '';
  const id = stated === '' || stated.length > MAX_ID ? null : stated;
  const names = said.match(TOPICS) ?? [];
  const detail = said.slice(0, MAX_DETAIL);
  const whose = names.length > 0 && (id === null || isRepeated(said)) ? { id, names } : { id };
  if (isDone || isRepeated(said)) {
    if (id === null && names.length === 0) sink.ignored(false);
    else sink.control({ kind: 'ack', ...whose });
  } else if (op === 'unsubscribe') sink.ignored(false);
  // One wrong topic refuses the whole request: with its id nothing need be named.
  else sink.control({ kind: 'refusal', ...whose, detail: detail === '' ? 'refused without a reason' : detail });
}

const isRepeated = (said: string): boolean => /already subscribed/i.test(said);
