import { useSyncExternalStore } from 'react';

/** A passing message with at most one thing to do; for what no chip can say. */
export interface ToastMessage {
  readonly id: string;
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

let messages: readonly ToastMessage[] = [];
const listeners = new Set<() => void>();

function put(next: readonly ToastMessage[]): void {
  messages = next;
  for (const listener of listeners) listener();
}

/** Show a toast; the same id again replaces it. */
export const toast = (message: ToastMessage): void => put([...messages.filter(({ id }) => id !== message.id), message]);

export const dismissToast = (id: string): void => put(messages.filter((message) => message.id !== id));

/** The toasts to show, oldest first. */
export const useToasts = (): readonly ToastMessage[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => messages,
  );
