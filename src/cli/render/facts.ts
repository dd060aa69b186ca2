/** One fact of a thing: its name and what it is; a fact without a text is left out. */
export type Fact = readonly [name: string, text: string | undefined];

/** Writes facts as lines `Name: text`, as far as there is a text. The texts must be safe to print. */
export function factLines(facts: readonly Fact[]): readonly string[] {
  return facts.flatMap(([name, text]) => (text === undefined ? [] : [`${name}: ${text}`]));
}
