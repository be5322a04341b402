/** How much has to be drawn again: cells only, or the arrangement too. The stronger of two wins. */
export type Strength = 'data' | 'layout';

/** One thing that draws itself, in the frames of the window it stands in. */
export interface Painter {
  invalidate(strength: Strength): void;
  dispose(): void;
}

interface Entry {
  readonly paint: (strength: Strength, frameTime: number) => void;
  pending: Strength | null;
}

interface Stage {
  readonly entries: Set<Entry>;
  readonly after: Set<(frameTime: number) => void>;
  requested: boolean;
}

const stages = new WeakMap<Window, Stage>();

function stageOf(view: Window): Stage {
  let stage = stages.get(view);
  if (!stage) {
    stage = { entries: new Set(), after: new Set(), requested: false };
    stages.set(view, stage);
  }
  return stage;
}

/** Ask for a frame of this window even if nothing in it is invalid. */
export function requestPaint(view: Window): void {
  const stage = stageOf(view);
  if (stage.requested) return;
  stage.requested = true;
  view.requestAnimationFrame((frameTime) => {
    stage.requested = false;
    runFrame(stage, frameTime);
  });
}

function runFrame(stage: Stage, frameTime: number): void {
  const failures: unknown[] = [];
  for (const entry of stage.entries) {
    const strength = entry.pending;
    if (strength === null) continue;
    entry.pending = null;
    try {
      entry.paint(strength, frameTime);
    } catch (failure) {
      failures.push(failure);
    }
  }
  for (const task of stage.after) task(frameTime);
  if (failures.length > 0) throw failures[0];
}

/**
 * Serve one panel in the one animation frame of its element's window. A painter that throws does not stop the others.
 * @param paint  called at most once a frame with the strongest invalidation since the last
 */
export function createPainter(element: Element, paint: (strength: Strength, frameTime: number) => void): Painter {
  const view = element.ownerDocument.defaultView;
  if (!view) return { invalidate: () => undefined, dispose: () => undefined };
  const stage = stageOf(view);
  const entry: Entry = { paint, pending: null };
  stage.entries.add(entry);
  return {
    invalidate(strength) {
      if (!stage.entries.has(entry)) return;
      if (entry.pending !== 'layout') entry.pending = strength;
      requestPaint(view);
    },
    dispose() {
      stage.entries.delete(entry);
    },
  };
}

/** Run `task` after every painted frame of a window, in that frame. */
export function onPainted(view: Window, task: (frameTime: number) => void): () => void {
  const stage = stageOf(view);
  stage.after.add(task);
  return () => stage.after.delete(task);
}
