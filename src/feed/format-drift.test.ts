import { describe, expect, it } from 'vitest';
import { FormatDrift } from './format-drift.ts';

const START = 1_700_000_000_000;

/** Words of each minute of some, `say` being told the second of the run. */
function minutes(count: number, say: (drift: FormatDrift, second: number) => void): (string | null)[] {
  const drift = new FormatDrift();
  const words: (string | null)[] = [];
  drift.look(START);
  for (let second = 0; second < count * 60; second++) {
    say(drift, second);
    const said = drift.look(START + (second + 1) * 1_000);
    if ((second + 1) % 60 === 0) words.push(said);
    else expect(said).toBeNull();
  }
  return words;
}

describe('[F51] a format that changed', () => {
  it('is told at the end of a minute in which unknown messages went on', () => {
    const words = minutes(2, (drift, second) => {
      drift.known += 10;
      if (second >= 60) drift.unknown++;
    });
    expect(words).toEqual([null, '60 of 660 messages in a minute were of an unknown kind']);
  });

  it('is not what one burst of nonsense is, however much there is of it', () => {
    const words = minutes(3, (drift, second) => {
      drift.known += 10;
      if (second === 20) drift.unknown += 1_000;
    });
    expect(words).toEqual([null, null, null]);
  });

  it('is not what one message in a hundred is', () => {
    const words = minutes(2, (drift, second) => {
      drift.known += 10;
      if (second % 10 === 0) drift.unknown++;
    });
    expect(words).toEqual([null, null]);
  });

  it('is not told of a venue that hardly speaks', () => {
    const words = minutes(2, (drift, second) => {
      if (second % 5 === 0) drift.unknown++;
    });
    expect(words).toEqual([null, null]);
  });
});
