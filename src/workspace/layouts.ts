/** Arrangements that are built, by their names in addresses, in the order of their tabs. */
export const LAYOUTS = [
  { layout: 'starter', label: 'Starter' },
  { layout: 'health', label: 'Health' },
] as const;

export type Layout = (typeof LAYOUTS)[number]['layout'];

/** Whether an arrangement of this name is built. */
export const isLayout = (name: string): name is Layout => LAYOUTS.some(({ layout }) => layout === name);
