import type { IPrimitivePaneRenderer } from 'lightweight-charts';

/** A canvas as the library hands it to whoever draws on it. */
export type Canvas = Parameters<IPrimitivePaneRenderer['draw']>[0];
type InPixels = Parameters<Canvas['useBitmapCoordinateSpace']>[0];
type InPoints = Parameters<Canvas['useMediaCoordinateSpace']>[0];

/** Draw in device pixels, for what has to be sharp. */
export const drawInPixels = (canvas: Canvas, draw: InPixels): void => {
  canvas.useBitmapCoordinateSpace(draw);
};

/** Draw in CSS pixels, for text. */
export const drawInPoints = (canvas: Canvas, draw: InPoints): void => {
  canvas.useMediaCoordinateSpace(draw);
};
