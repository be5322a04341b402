import type { LucideIcon } from 'lucide-react';
import styles from './controls.module.css';

interface IconButtonProps {
  readonly icon: LucideIcon;
  /** Accessible name, and the tooltip. */
  readonly label: string;
  /** Key that does the same, shown in the tooltip and announced. */
  readonly shortcut?: string;
  /** For a button that stays down. */
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly size?: 'header' | 'tool';
  readonly onPress: () => void;
}

/** A button that is only an icon: 24 px, named, with a tooltip. */
export function IconButton({ icon: Icon, label, shortcut, pressed, disabled, size, onPress }: IconButtonProps) {
  return (
    <button
      type="button"
      className={styles.icon}
      data-size={size ?? 'header'}
      aria-label={label}
      aria-keyshortcuts={shortcut === ' ' ? 'Space' : shortcut}
      aria-pressed={pressed}
      title={shortcut ? `${label} (${shortcut === ' ' ? 'Space' : shortcut})` : label}
      disabled={disabled ?? false}
      onClick={onPress}
    >
      <Icon size={size === 'tool' ? 12 : 16} strokeWidth={1.5} absoluteStrokeWidth aria-hidden="true" />
    </button>
  );
}
