/** The same URL at another origin, which is given as host and port; path and query stay. Null: the URL as it is. */
export function moved(url: string, endpoint: string | null): string {
  if (endpoint === null) return url;
  const path = url.replace(/^[a-z]+:\/\/[^/]+/, '');
  return `ws://${endpoint}${path}`;
}

/** Whether a venue was pointed at this machine: such a one is there without a network. */
export const isLoopback = (endpoint: string | null): boolean => /^(127\.0\.0\.1|localhost)(:|$)/.test(endpoint ?? '');
