/** A file and the dataset that it defines. */
export interface DefinedIn {
  readonly path: string;
  readonly dataset: string;
}

/**
 * Finds the files that define what another one defines too, and says so of each. Names that differ in upper and lower case
 * only are the same: they would share a table.
 */
export function duplicateSpecs(files: readonly DefinedIn[]): ReadonlyMap<string, string> {
  const byName = Map.groupBy(files, ({ dataset }) => dataset.toLowerCase());
  const found = [...byName.values()].filter(({ length }) => length > 1);
  return new Map(found.flatMap((group) => group.map((file) => [file.path, describe(file, group)] as const)));
}

function describe({ path, dataset }: DefinedIn, group: readonly DefinedIn[]): string {
  const others = group
    .filter((other) => other.path !== path)
    .map((other) =>
      other.dataset === dataset ? other.path : `${other.path} (as '${other.dataset}': case is not told apart)`,
    );
  const listed =
    others.length > 3 ? `${others.slice(0, 3).join(', ')} and ${others.length - 3} more` : others.join(', ');
  return `'${dataset}' is defined in ${listed} too: keep one of them`;
}
