/** Offer a text as a file to keep: made here, from this page's own origin, and forgotten when it was taken. */
export function saveFile(page: Document, name: string, type: string, text: string): void {
  const view = page.defaultView ?? window;
  const url = view.URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = page.createElement('a');
  link.href = url;
  link.download = name;
  page.body.append(link);
  link.click();
  link.remove();
  view.setTimeout(() => view.URL.revokeObjectURL(url), 10_000);
}

/** `depthwire-health-2026-03-04T12-00-00Z.json`: no character that a file system refuses. */
export const fileName = (what: string, time: number, ending: string): string =>
  `depthwire-${what}-${new Date(time).toISOString().slice(0, 19).replaceAll(':', '-')}Z.${ending}`;
