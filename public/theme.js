// Chooses the theme before the first paint, so that nobody is flashed with the other one: address, saved, system.
(() => {
  const themes = ['dark', 'light', 'contrast'];
  const query = new URLSearchParams(location.search).get('theme');
  let saved = null;
  try {
    saved = localStorage.getItem('depthwire.theme');
  } catch {
    // Storage is closed to this page: the system's preference decides.
    saved = null;
  }
  const system = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  document.documentElement.dataset.theme = [query, saved].find((theme) => themes.includes(theme)) ?? system;
})();
