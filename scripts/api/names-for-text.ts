/** A type's text and the name that says the same. */
export type NamedText = readonly [text: string, name: string];

/**
 * Puts names in the place of types that are written out, the longest first, so that a shape is written once. A union stands
 * in parentheses where its name must not.
 */
export function withNames(text: string, named: readonly NamedText[]): string {
  return named
    .toSorted(([left], [right]) => right.length - left.length)
    .reduce((changed, [long, name]) => changed.replaceAll(`(${long})`, name).replaceAll(long, name), text);
}

/** Tells whether a type is of so special a shape that its name says more. */
export function isWorthNaming(text: string): boolean {
  return /^\{ (?!\[)/.test(text) || (text.startsWith("'") && text.includes(' | '));
}
