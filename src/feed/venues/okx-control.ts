import { type JsonObject, objectOf, textOf } from '../json.ts';
import { wantText } from './strict-fields.ts';
import type { DecodeSink } from './venue.ts';

const MAX_ID = 32;
const MAX_DETAIL = 300;
/** The connection ends within a minute, for an upgrade of the service. */
const CLOSING_SOON = '64008';
/** Too many requests: what was asked is not refused and may be asked for again later. */
const TOO_MANY = '60014';
/** How a refusal's sentence names the stream that it is about. */
const NAMED = /channel:\s*([\w-]{1,64}),\s*instId:\s*([\w-]{1,64})/i;

/** A stream's name: channel and instrument, as the venue's own `arg` has them. */
export const okxStreamName = (channel: string, instId: string): string => `${channel}:${instId}`;

/** Events of the socket: one acknowledgement for each stream asked for, refusals and notices. @throws Refusal when malformed */
export function decodeEvent(root: JsonObject, sink: DecodeSink): void {
  const event = wantText(root, 'event');
  const stated = textOf(root.get('id')) ?? '';
  const id = stated === '' || stated.length > MAX_ID ? null : stated;
  const code = textOf(root.get('code')) ?? '';
  const said = (textOf(root.get('msg')) ?? '').slice(0, MAX_DETAIL);
  switch (event) {
    case 'subscribe': {
      const name = nameOf(objectOf(root.get('arg')));
      if (name === null) sink.ignored(false);
      else sink.control({ kind: 'ack', id, names: [name] });
      return;
    }
    case 'unsubscribe':
      // By its id alone: the stream's name may by now stand for a new subscription.
      if (id === null) sink.ignored(false);
      else sink.control({ kind: 'ack', id });
      return;
    case 'error':
      if (code === TOO_MANY) sink.ignored(false);
      else sink.control({ kind: 'refusal', id, ...namesOf(root, said), detail: `${code} ${said}`.trim() || 'refused' });
      return;
    case 'notice':
      if (code === CLOSING_SOON) sink.control({ kind: 'closing', detail: said });
      else sink.ignored(false);
      return;
    case 'channel-conn-count':
    case 'channel-conn-count-error':
      sink.ignored(false);
      return;
    default:
      sink.ignored(true);
  }
}

function nameOf(arg: JsonObject | undefined): string | null {
  const channel = textOf(arg?.get('channel'));
  const instId = textOf(arg?.get('instId'));
  return channel === undefined || instId === undefined ? null : okxStreamName(channel, instId);
}

function namesOf(root: JsonObject, said: string): { readonly names?: readonly string[] } {
  const stated = nameOf(objectOf(root.get('arg')));
  if (stated !== null) return { names: [stated] };
  const match = NAMED.exec(said);
  return match ? { names: [okxStreamName(match[1], match[2])] } : {};
}
