import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ErrorBoundary } from 'react-error-boundary';
import { App } from './App.tsx';
import { boot } from './boot.ts';
import { VisitLog } from './safe-mode.ts';

const root = document.getElementById('root');
if (root) {
  // A page in somebody's frame can be made to lie about what is pressed. Headers forbid it where a host can send them.
  if (window.top === window.self) begin(root);
  else root.textContent = 'Depthwire does not run inside another page.';
}

function begin(container: HTMLElement): void {
  const visits = new VisitLog(window);
  const isSafe = visits.begin();
  if (typeof isSafe === 'boolean') start(container, visits, isSafe);
  else void isSafe.then((known) => start(container, visits, known));
}

function start(container: HTMLElement, visits: VisitLog, isSafe: boolean): void {
  const link = boot(window, isSafe ? visits : null);
  createRoot(container).render(
    <StrictMode>
      <ErrorBoundary fallbackRender={() => <Broken />}>
        <App link={link} isSafe={isSafe} />
      </ErrorBoundary>
    </StrictMode>,
  );
}

/** The last wall: behind it there is only the browser. */
function Broken() {
  return (
    <section className="stopped" role="alert">
      <h2>The page stopped</h2>
      <p>A drawing error outside the panels. Your settings are kept.</p>
      <button type="button" onClick={() => window.location.reload()}>
        Reload the page
      </button>
    </section>
  );
}
