/** The icon set as panels draw from it: one place, so that an icon means the same thing everywhere. */
export { Crosshair, Minus, Pause, Play, Plus } from 'lucide-react';
