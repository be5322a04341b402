declare const brand: unique symbol;

/** A value of type `T` that only code naming `Name` may produce: two integers with different meanings do not mix. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
