/** The outcome of reading something that came from outside: a value, or the reason there is none. Never thrown. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** Wrap a value as a success. */
export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

/** Wrap a reason as a failure. */
export const err = <E>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error });

/**
 * Hold one of our own invariants.
 * @throws Error with `sentence` when `condition` is false: a fault of ours, never of the outside
 */
export function invariant(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(`Broken invariant: ${sentence}`);
}

/**
 * Close an exhaustive switch.
 * @throws Error always; the compiler proves that it is never reached
 */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${String(value)}`);
}
