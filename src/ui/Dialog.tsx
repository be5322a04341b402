import { CSPProvider } from '@base-ui/react/csp-provider';
import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import controls from './controls.module.css';
import styles from './dialog.module.css';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A modal sheet of text: named, scrollable, closed by Escape, its button or a press beside it. */
export function Dialog({ title, onClose, children }: DialogProps) {
  return (
    <CSPProvider disableStyleElements>
      <Base.Root
        defaultOpen
        onOpenChange={(isOpen) => {
          if (!isOpen) onClose();
        }}
      >
        <Base.Portal>
          <Base.Backdrop className={styles.backdrop} />
          <Base.Popup className={styles.dialog}>
            <header className={styles.head}>
              <Base.Title className={styles.title}>{title}</Base.Title>
              <Base.Close className={controls.icon} aria-label="Close" title="Close (Esc)">
                <X size={16} strokeWidth={1.5} absoluteStrokeWidth aria-hidden="true" />
              </Base.Close>
            </header>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
            <section className={styles.body} aria-label={title} tabIndex={0}>
              {children}
            </section>
          </Base.Popup>
        </Base.Portal>
      </Base.Root>
    </CSPProvider>
  );
}
