/** Writes a list for a message: the first ten, and how many more there are. */
export function listed(texts: readonly string[], between = ', '): string {
  const more = texts.length - mostListed;
  return `${texts.slice(0, mostListed).join(between)}${more > 0 ? ` and ${more} more` : ''}`;
}

const mostListed = 10;
