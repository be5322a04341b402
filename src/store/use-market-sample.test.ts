import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { marketStore } from './market-store.ts';
import { createSampler } from './use-market-sample.ts';

beforeEach(() => {
  vi.useFakeTimers();
  marketStore.setState({ instruments: new Map(), frame: 0 });
});
afterEach(() => vi.useRealTimers());

const set = (frame: number): void => marketStore.setState({ frame });

describe('a slow readout of fast data', () => {
  it('passes the first change on at once and later ones twice a second, the last one included', () => {
    const sampler = createSampler(() => marketStore.getState().frame, 500);
    const heard: number[] = [];
    const stop = sampler.subscribe(() => heard.push(sampler.read()));
    for (let ms = 1; ms <= 1000; ms++) {
      set(ms);
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(1000);
    expect(heard[0]).toBe(1);
    expect(heard.at(-1)).toBe(1000);
    expect(heard.length).toBeLessThanOrEqual(4);
    stop();
  });

  it('says nothing when what it reads did not change', () => {
    const sampler = createSampler(() => marketStore.getState().frame > 10, 500);
    const listener = vi.fn();
    const stop = sampler.subscribe(listener);
    for (let frame = 1; frame < 10; frame++) set(frame);
    vi.advanceTimersByTime(2000);
    expect(listener).not.toHaveBeenCalled();
    stop();
  });

  it('catches up with what changed before anybody listened', () => {
    const sampler = createSampler(() => marketStore.getState().frame, 500);
    set(7);
    const stop = sampler.subscribe(() => undefined);
    expect(sampler.read()).toBe(7);
    stop();
  });

  it('leaves no timer and no subscription behind', () => {
    const sampler = createSampler(() => marketStore.getState().frame, 500);
    const stop = sampler.subscribe(() => undefined);
    set(1);
    set(2);
    stop();
    expect(vi.getTimerCount()).toBe(0);
    set(3);
    expect(sampler.read()).toBe(1);
  });
});
