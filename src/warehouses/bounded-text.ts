/** Longest that a line of a log or a message of users' SQL may be, in UTF-16 units. */
export const longestText = 2_000;

/** Cuts a text of any size, which users' SQL can make, and marks it with `…`. @default {@link longestText} */
export function boundText(text: string, longest: number = longestText): string {
  if (text.length <= longest) return text;
  // Half of a surrogate pair would be no text.
  const end = /[\ud800-\udbff]/.test(text.charAt(longest - 1)) ? longest - 1 : longest;
  return `${text.slice(0, end)}…`;
}
