import { workspaceStore } from '@/workspace/workspace-store.ts';
import { withLayout } from './address.ts';

/** Keep the layout in the page's address as it is chosen, so that a reload and a link show the same. */
export function followLayout(view: Window): () => void {
  return workspaceStore.subscribe(({ layout }, before) => {
    if (layout === before.layout) return;
    const { pathname, search, hash } = view.location;
    view.history.replaceState(null, '', `${pathname}${withLayout(search, layout)}${hash}`);
  });
}
