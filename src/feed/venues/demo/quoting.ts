import type { Side } from './book-side';
import { type DemoInstrument, minuteMoveTicks } from './instruments';
import type { MatchingEngine } from './matching-engine';
import { exactExp, exactLn, type Random } from './random';

/** Owners of the simulated orders. Owners from {@link FIRST_TRADER} on are people's. */
export const owners = { maker: 1, joiner: 50, crowd: 60, wall: 61, taker: 70 } as const;
export const FIRST_TRADER = 1000;

const SIDES: readonly Side[] = ['bid', 'ask'];

/** What every agent of one market shares. */
export interface Desk {
  readonly engine: MatchingEngine;
  readonly instrument: DemoInstrument;
  readonly random: Random;
  /** A fresh order id. */
  nextId(): number;
}

/** A size about `median`, spread like a lognormal, mostly rounded the way people round. */
export function drawLots(desk: Desk, median: number, spread: number): number {
  const { random } = desk;
  const round = desk.instrument.roundLots;
  const raw = median * exactExp(spread * random.gauss());
  const taste = random.next();
  const lots = taste < 0.55 ? roundDigits(raw, taste < 0.2 ? 1 : 2) : raw;
  const multiple = round > 1 && taste < 0.93 ? Math.max(1, Math.round(lots / round)) * round : Math.round(lots);
  return Math.max(1, multiple);
}

function roundDigits(value: number, digits: number): number {
  let scale = 1;
  for (let rest = value; rest >= (digits === 1 ? 10 : 100); rest /= 10) scale *= 10;
  return Math.round(value / scale) * scale;
}

/** Rests an order if it would not cross; answers its id, or 0. */
export function quote(desk: Desk, owner: number, side: Side, ticks: number, lots: number): number {
  if (ticks < 1) return 0;
  const id = desk.nextId();
  const result = desk.engine.submit({ id, owner, side, kind: 'post-only', ticks, lots });
  return result.kind === 'accepted' ? id : 0;
}

/** Market makers: each keeps a few levels a side about the fair value, the first two as tight as the grid allows. */
export interface Makers {
  /** Lets one maker bring its quotes to the fair value; the tight ones get every other turn. */
  turn(fairTicks: number): void;
  /** Lets all of them do so. */
  all(fairTicks: number): void;
}

export function createMakers(desk: Desk): Makers {
  const { engine, random, instrument } = desk;
  const { makers, makerLevels, makerGap } = instrument.shape;
  const ids = new Float64Array(makers * 2 * makerLevels);
  const offsets = new Float64Array(ids.length);

  const offset = (maker: number, level: number): number => {
    if (level === 0) return maker < 2 ? 0.15 + 0.1 * maker : 0.6 + 0.7 * makerGap * random.next();
    return 1 + makerGap * (level + 0.9 * random.next() - 0.3);
  };
  for (let i = 0; i < offsets.length; i++) {
    offsets[i] = offset(Math.floor(i / (2 * makerLevels)), i % makerLevels);
  }

  const place = (index: number, maker: number, level: number, side: Side, fair: number): void => {
    const wanted = side === 'bid' ? Math.floor(fair - offsets[index]) : Math.ceil(fair + offsets[index]);
    const now = ids[index] === 0 ? 0 : engine.ticksOf(ids[index]);
    const patience = level === 0 && maker < 2 ? 0 : 0.5 + 0.5 * makerGap * level;
    if (now !== 0 && Math.abs(now - wanted) <= patience) return;
    if (now !== 0) engine.cancel(ids[index]);
    const lots = drawLots(desk, instrument.quoteLots * (1 + 0.4 * level), 0.9);
    ids[index] = quote(desk, owners.maker + maker, side, wanted, lots);
    if (level > 0) offsets[index] = offset(maker, level);
  };
  const requote = (maker: number, fair: number): void => {
    for (let level = 0; level < makerLevels; level++) {
      for (let s = 0; s < 2; s++) place((maker * 2 + s) * makerLevels + level, maker, level, SIDES[s], fair);
    }
  };
  return {
    turn(fair) {
      requote(random.next() < 0.5 ? random.below(2) : random.below(makers), fair);
    },
    all(fair) {
      for (let maker = 0; maker < makers; maker++) requote(maker, fair);
    },
  };
}

/** A nervous participant that joins and leaves the best price; it is what makes the size at the touch flicker. */
export interface Joiner {
  /** Changes the size at the best price of a side that is not empty, one way or the other. */
  flicker(side: Side): void;
}

const JOINED = 24;

export function createJoiner(desk: Desk): Joiner {
  const { engine, random } = desk;
  const ids = new Float64Array(JOINED);
  let turn = 0;
  const leave = (side: Side, best: number): boolean => {
    for (let i = 0; i < JOINED; i++) {
      const order = ids[i] === 0 ? null : engine.order(ids[i]);
      if (order === null || order.side !== side || order.ticks !== best) continue;
      engine.cancel(ids[i]);
      ids[i] = 0;
      return true;
    }
    return false;
  };
  return {
    flicker(side) {
      const best = engine.bestTicks(side);
      if (best === 0 || (random.next() < 0.5 && leave(side, best))) return;
      turn = (turn + 1) % JOINED;
      if (ids[turn] !== 0) engine.cancel(ids[turn]);
      // The order just cancelled may have been the last of the best level: join whatever is best now.
      const ticks = engine.bestTicks(side) || best;
      ids[turn] = quote(desk, owners.joiner, side, ticks, drawLots(desk, desk.instrument.quoteLots * 0.4, 0.9));
    },
  };
}

/** The crowd behind the makers: many orders, denser near the touch, each living the longer the farther off it rests. */
export interface Crowd {
  /** Fills the book to its usual depth about `fairTicks`. */
  open(fairTicks: number): void;
  /** Lets `ms` of venue time pass: some leave, others come, large orders appear on round prices and go again. */
  advance(ms: number, now: number, fairTicks: number): void;
}

/** Orders a second that leave and come, a side, per hundred of the usual number. */
const TURNOVER = 5;

export function createCrowd(desk: Desk): Crowd {
  const { engine, random, instrument } = desk;
  const { crowd, near, reach, wallEvery } = instrument.shape;
  const ids: number[][] = [[], []];
  const lnReach = exactLn(reach / near);
  const walls: { id: number; until: number; ticks: number; side: Side }[] = [];
  const wallMargin = 0.35 * minuteMoveTicks(instrument) + 2;
  let due = 0;
  let wallDue = 0;

  const distance = (): number => near * exactExp(lnReach * random.next());
  const add = (s: number, away: number, touch: number): void => {
    const ticks = s === 0 ? touch - Math.round(away) : touch + Math.round(away);
    const lots = drawLots(desk, instrument.quoteLots * (0.7 + 0.5 * Math.sqrt(away / reach) * 4), 1.1);
    const id = quote(desk, owners.crowd, SIDES[s], ticks, lots);
    if (id !== 0) ids[s].push(id);
  };
  const drop = (s: number, index: number): void => {
    const list = ids[s];
    const last = list.pop();
    if (last !== undefined && index < list.length) list[index] = last;
  };
  /** A random order leaves, more readily the nearer it rests; one that was filled meanwhile is only forgotten. */
  const leave = (s: number, touch: number): void => {
    const list = ids[s];
    if (list.length === 0) return;
    const index = random.below(list.length);
    const id = list[index];
    const ticks = engine.ticksOf(id);
    if (ticks === 0) {
      drop(s, index);
      return;
    }
    const away = Math.abs(touch - ticks);
    const stays = away <= reach * 1.5 && random.next() * random.next() * away > near;
    if (stays && list.length <= crowd * 1.05) return;
    engine.cancel(id);
    drop(s, index);
  };
  const refresh = (s: number, touch: number): void => {
    for (let tries = 0; tries < 4; tries++) leave(s, touch);
    if (ids[s].length < crowd) add(s, distance(), touch);
    if (ids[s].length < crowd * 0.97) add(s, distance(), touch);
  };
  const placeWall = (now: number, fair: number): void => {
    const side = SIDES[random.below(2)];
    const step = side === 'bid' ? -1 : 1;
    const nearest = Math.round((fair + step * (wallMargin + random.next() * wallEvery)) / wallEvery) * wallEvery;
    const away = (nearest - fair) * step;
    if (away < near || walls.some((wall) => wall.ticks === nearest)) return;
    const lots = drawLots(desk, instrument.quoteLots * 40, 0.4);
    const id = quote(desk, owners.wall, side, nearest, lots);
    if (id !== 0) walls.push({ id, until: now + 20_000 + 60_000 * random.expo(), ticks: nearest, side });
  };
  const tendWalls = (now: number, fair: number): void => {
    for (let i = walls.length - 1; i >= 0; i--) {
      const wall = walls[i];
      const through = wall.side === 'bid' ? wall.ticks - fair : fair - wall.ticks;
      if (now < wall.until && through < wallMargin && engine.ticksOf(wall.id) !== 0) continue;
      engine.cancel(wall.id);
      walls.splice(i, 1);
    }
    if (walls.length < 5 && random.next() < 0.35) placeWall(now, fair);
  };
  return {
    open(fair) {
      const touch = Math.round(fair);
      // The steady state of leaving and coming has a density falling with the root of the distance.
      const root = Math.sqrt(near);
      const span = Math.sqrt(reach) - root;
      for (let s = 0; s < 2; s++) {
        for (let i = 0; i < crowd; i++) {
          const r = root + span * random.next();
          add(s, r * r, touch);
        }
      }
    },
    advance(ms, now, fair) {
      due = Math.min(40, due + (ms / 1000) * TURNOVER * 0.01 * crowd);
      for (; due >= 1; due--) {
        for (let s = 0; s < 2; s++) refresh(s, engine.bestTicks(SIDES[s]) || Math.round(fair));
      }
      wallDue += ms;
      if (wallDue < 1000) return;
      wallDue = 0;
      tendWalls(now, fair);
    },
  };
}
