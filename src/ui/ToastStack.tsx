import { CSPProvider } from '@base-ui/react/csp-provider';
import { Toast } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import controls from './controls.module.css';
import styles from './toast-stack.module.css';

interface ToastStackProps {
  readonly toasts: readonly {
    readonly id: string;
    readonly text: string;
    readonly action?: { readonly label: string; readonly run: () => void };
  }[];
  readonly onDismiss: (id: string) => void;
}

/** One that offers something to do stays long enough to be thought about. */
const NEWS_MS = 8000;
const OFFER_MS = 60_000;

/** Passing messages in the corner, above the status strip; they cover nothing that ticks for long. */
export function ToastStack(props: ToastStackProps) {
  return (
    <CSPProvider disableStyleElements>
      <Toast.Provider limit={3}>
        <Feed {...props} />
        <Toast.Portal>
          <Toast.Viewport className={styles.viewport}>
            <List />
          </Toast.Viewport>
        </Toast.Portal>
      </Toast.Provider>
    </CSPProvider>
  );
}

/** Hands every new message to the library, once. */
function Feed({ toasts, onDismiss }: ToastStackProps) {
  const { add, close } = Toast.useToastManager();
  const shown = useRef(new Set<ToastStackProps['toasts'][number]>());
  useEffect(() => {
    for (const toast of toasts) {
      if (shown.current.has(toast)) continue;
      shown.current.add(toast);
      const { id, text, action } = toast;
      add({
        id,
        description: text,
        timeout: action ? OFFER_MS : NEWS_MS,
        onRemove: () => onDismiss(id),
        ...(action && {
          actionProps: {
            children: action.label,
            onClick: () => {
              action.run();
              close(id);
            },
          },
        }),
      });
    }
  }, [toasts, add, close, onDismiss]);
  return null;
}

function List() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={styles.toast} swipeDirection={['right', 'down']}>
      <Toast.Description className={styles.text} />
      {toast.actionProps && <Toast.Action className={controls.button} data-rank="first" />}
      <Toast.Close className={controls.icon} aria-label="Dismiss">
        <X size={16} strokeWidth={1.5} absoluteStrokeWidth aria-hidden="true" />
      </Toast.Close>
    </Toast.Root>
  ));
}
