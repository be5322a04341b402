import type { LadderPainter } from './ladder-painter.ts';

/** What the hands can do that the axis alone does not know: change the group size. */
export interface LadderHands {
  readonly painter: LadderPainter;
  /** -1 finer, 1 coarser. */
  readonly onGroup: (direction: -1 | 1) => void;
}

const WHEEL_PX = 32;

/**
 * Key of a focused ladder. Whatever it uses is consumed here, so that the same key bound for every panel does not act
 * twice.
 * @returns whether the key was one of the ladder's
 */
export function handleLadderKey(key: string, hands: LadderHands, isOnButton: boolean): boolean {
  const { painter, onGroup } = hands;
  switch (key) {
    case ' ':
      if (isOnButton) return false;
      painter.recentre();
      return true;
    case 'Home':
      painter.recentre();
      return true;
    case '[':
      onGroup(-1);
      return true;
    case ']':
      onGroup(1);
      return true;
    case 'ArrowUp':
      painter.moveCursor(1);
      return true;
    case 'ArrowDown':
      painter.moveCursor(-1);
      return true;
    case 'PageUp':
      painter.scroll(painter.rows);
      return true;
    case 'PageDown':
      painter.scroll(-painter.rows);
      return true;
    case 'Escape':
      painter.clearCursor();
      return true;
    default:
      return false;
  }
}

/** Wheel, middle button, double click, a finger, and the pointer that holds the axis still. */
export function listenToHands(grid: HTMLElement, hands: LadderHands): () => void {
  const stop = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(
    kind: K,
    listener: (event: HTMLElementEventMap[K]) => void,
    passive = true,
  ): void => grid.addEventListener(kind, listener, { signal: stop.signal, passive });
  const { painter } = hands;

  let wheel = 0;
  on(
    'wheel',
    (event) => {
      if (event.ctrlKey) return;
      event.preventDefault();
      wheel += event.deltaMode === 0 ? event.deltaY : event.deltaY * WHEEL_PX;
      const rows = Math.trunc(wheel / WHEEL_PX);
      wheel -= rows * WHEEL_PX;
      painter.scroll(-rows);
    },
    false,
  );
  // The middle button would start the browser's own scrolling.
  on('mousedown', (event) => event.button === 1 && event.preventDefault(), false);
  on('auxclick', (event) => event.button === 1 && painter.recentre());
  on('dblclick', () => painter.recentre());

  const isPrice = (target: EventTarget | null): boolean =>
    target instanceof Element && target.closest('[data-col="price"]') !== null;
  let dragY: number | null = null;
  on('pointerover', (event) => event.pointerType === 'mouse' && painter.hold(isPrice(event.target)));
  on('pointerleave', () => painter.hold(false));
  on('pointerdown', (event) => {
    if (event.pointerType !== 'mouse') dragY = event.clientY;
  });
  on('pointermove', (event) => {
    if (dragY === null) return;
    const rows = Math.trunc((event.clientY - dragY) / painter.rowHeight);
    if (rows === 0) return;
    dragY += rows * painter.rowHeight;
    painter.scroll(rows);
  });
  const release = (): void => {
    dragY = null;
  };
  on('pointerup', release);
  on('pointercancel', release);

  const page = grid.ownerDocument;
  page.addEventListener('depthwire:recentre', () => painter.recentre(), { signal: stop.signal });
  page.addEventListener(
    'depthwire:group',
    (event) => {
      const detail: unknown = (event as CustomEvent).detail;
      if (detail === -1 || detail === 1) hands.onGroup(detail);
    },
    { signal: stop.signal },
  );
  return () => stop.abort();
}
