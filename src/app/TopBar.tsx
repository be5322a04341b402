import { useState } from 'react';
import { type Theme, topNotice, useDesk, withdrawNotice } from '@/store/desk-store.ts';
import { ChromeIcon, type ChromeIconName } from '@/ui/ChromeIcon.tsx';
import { LAYOUTS } from '@/workspace/layouts.ts';
import { setLayout, useLayout } from '@/workspace/workspace-store.ts';
import { changeTheme, nextTheme } from './theme.ts';

interface TopBarProps {
  readonly onSearch: () => void;
  readonly onHelp: () => void;
}

/** Brand, the one global message, search, theme and help. */
export function TopBar({ onSearch, onHelp }: TopBarProps) {
  return (
    <header className="topbar">
      <Brand />
      <LayoutTabs />
      <div className="slot">
        <GlobalMessage />
      </div>
      <button
        type="button"
        className="search"
        aria-label="Symbol or command"
        aria-haspopup="dialog"
        aria-keyshortcuts="/"
        onClick={onSearch}
      >
        <ChromeIcon name="search" />
        <span>Symbol or command</span>
        <kbd>/</kbd>
      </button>
      <span className="topbar-rule" />
      <ThemeButton />
      <button
        type="button"
        className="topbar-button"
        aria-label="Keyboard shortcuts and about"
        aria-haspopup="dialog"
        aria-keyshortcuts="?"
        title="Keyboard shortcuts and about (?)"
        onClick={onHelp}
      >
        <ChromeIcon name="help" />
      </button>
    </header>
  );
}

function LayoutTabs() {
  const shown = useLayout();
  return (
    <nav className="layout-tabs" aria-label="Layouts">
      {LAYOUTS.map(({ layout, label }, index) => (
        <button
          key={layout}
          type="button"
          aria-current={layout === shown ? 'page' : undefined}
          aria-keyshortcuts={`Alt+${index + 1}`}
          title={`${label} (Alt ${index + 1})`}
          onClick={() => setLayout(layout)}
        >
          {label} <kbd>{index + 1}</kbd>
        </button>
      ))}
    </nav>
  );
}

function Brand() {
  return (
    <div className="brand" role="img" aria-label="Depthwire">
      <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
        <rect x="10" y="1" width="9" height="3" rx=".5" />
        <rect x="10" y="5" width="6" height="3" rx=".5" />
        <rect x="4" y="12" width="6" height="3" rx=".5" />
        <rect x="1" y="16" width="9" height="3" rx=".5" />
        <rect className="wire" x="0" y="9" width="20" height="2" rx="1" />
      </svg>
      <i />
    </div>
  );
}

const SEVERITY_ICONS = { info: 'info', warn: 'warn', error: 'error' } as const satisfies Record<string, ChromeIconName>;

/** One message at a time, the gravest; it stands in a slot of its own and moves nothing. A long one opens on press. */
function GlobalMessage() {
  const notice = useDesk(topNotice);
  const [isOpen, setOpen] = useState(false);
  return (
    <div role="status" className="message" data-severity={notice?.severity} data-open={isOpen || undefined}>
      {notice && (
        <>
          <ChromeIcon name={SEVERITY_ICONS[notice.severity]} size={12} />
          <button
            type="button"
            className="message-text"
            title={notice.text}
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {notice.text}
          </button>
          {notice.action && (
            <button type="button" onClick={notice.action.run}>
              {notice.action.label}
            </button>
          )}
          <button
            type="button"
            className="message-close"
            aria-label="Dismiss this message"
            onClick={() => withdrawNotice(notice.key)}
          >
            <ChromeIcon name="close" size={12} />
          </button>
        </>
      )}
    </div>
  );
}

const THEME_ICONS: Record<Theme, ChromeIconName> = { dark: 'dark', light: 'light', contrast: 'contrast' };

function ThemeButton() {
  const theme = useDesk((state) => state.theme);
  const next = nextTheme(theme);
  const label = `Theme: ${theme}. Change to ${next}`;
  return (
    <button type="button" className="topbar-button" aria-label={label} title={label} onClick={() => changeTheme(next)}>
      <ChromeIcon name={THEME_ICONS[theme]} />
    </button>
  );
}
