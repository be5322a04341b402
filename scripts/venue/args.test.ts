import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseArguments } from './args';
import { parseChaos } from './chaos-spec';
import { startVenue } from './start-venue';
import { shipped } from './testing/harness';

describe('the command line', () => {
  test('is read into options, values apart or joined', () => {
    const argv =
      'a.gz b.gz --speed=max --port 5000 --loop --clock recorded --latency 50 --history 0 --chaos drop@30s:2 --no-cors';
    expect(parseArguments(argv.split(' '), '/captures')).toEqual({
      files: ['/captures/a.gz', '/captures/b.gz'],
      speed: 'max',
      port: 5000,
      loop: true,
      clock: 'recorded',
      latencyMs: 50,
      history: 0,
      chaos: 'drop@30s:2',
      cors: false,
    });
  });

  test.each([
    ['', /No capture was given/],
    ['x --speed fast', /--speed is a number/],
    ['x --speed 0', /--speed is a number/],
    ['x --port 70000', /--port is a whole number from 0 to 65535/],
    ['x --clock yesterday', /--clock is now or recorded/],
    ['x --latency', /--latency needs a value/],
    ['x --verbose', /--verbose is not an option/],
    ['x --chaos explode@30s', /"explode" is not a fault/],
  ])('%j is refused with a sentence', (argv, words) => {
    expect(() => parseArguments(argv.split(' ').filter(Boolean), '/')).toThrow(words);
  });

  test('asked for help gives no options', () => {
    expect(parseArguments(['--help'], '/')).toBeNull();
  });
});

describe('a chaos list', () => {
  test('says what, when and how much', () => {
    expect(
      parseChaos('silence@30s:5s, drop@u=77:3,hold@line=12,mute@1.5s:btcusdt@depth@100ms,flood:20/1m,swap'),
    ).toEqual([
      { when: { kind: 'time', ms: 30_000 }, action: { verb: 'silence', ms: 5_000 } },
      { when: { kind: 'sequence', id: 77 }, action: { verb: 'drop', count: 3 } },
      { when: { kind: 'line', line: 12 }, action: { verb: 'hold' } },
      { when: { kind: 'time', ms: 1_500 }, action: { verb: 'mute', arg: 'btcusdt@depth@100ms' } },
      { when: { kind: 'now' }, action: { verb: 'flood', factor: 20, ms: 60_000 } },
      { when: { kind: 'now' }, action: { verb: 'swap' } },
    ]);
  });

  test.each([
    ['drop@soon', /does not say when/],
    ['DROP', /is not a fault; write verb@when:arg/],
    ['close:99', /whole number from 1000 to 4999/],
    ['silence:long', /needs a duration/],
    ['reset:now', /takes no argument/],
  ])('%s is refused with a sentence', (spec, words) => {
    expect(() => parseChaos(spec)).toThrow(words);
  });
});

describe('a start that cannot be', () => {
  test('on a taken port is one sentence and leaves nothing running', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const files = [shipped('binance-spot.jsonl.gz'), shipped('binance-usdm.jsonl.gz')];
    await expect(startVenue({ files, port })).rejects.toThrow(`Port ${port} is taken; choose another with --port.`);
    await expect(startVenue({ files, port: port - 1 })).rejects.toThrow(/is taken/);
    await expect(fetch(`http://127.0.0.1:${port - 1}/truth`)).rejects.toThrow();
    other.close();
  });

  test('of the program says so on standard error and exits with 1', { timeout: 30_000 }, () => {
    const run = fileURLToPath(new URL('../run.mjs', import.meta.url));
    const { status, stderr, stdout } = spawnSync(process.execPath, [run, 'venue', 'nowhere.jsonl.gz'], {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/nowhere\.jsonl\.gz cannot be read: there is no such file or folder\.\n$/);
    expect(stdout).toBe('');
  });
});
