import { nearestName } from '../core/did-you-mean.ts';

/** What a dataset may be called, for hints. */
export const datasetNameHint =
  'Allowed: 1 to 3 parts separated by dots, each a letter or _ followed by letters, digits, _ or -, such as iceberg.analytics.daily_clicks; at most 200 characters.';

const reserved = ['runs', 'history', 'register', 'deploy', 'sync'] as const;
const partPattern = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const longest = 200;

/** Says what is wrong with a dataset's name, in words for people; undefined when it is good. */
export function datasetNameProblem(name: string): string | undefined {
  if (name.length > longest) return `Dataset name has ${name.length} characters where ${longest} are allowed`;
  const parts = name.split('.');
  if (parts.length > 3) return `Dataset name '${name}' has ${parts.length} parts where 3 are allowed`;
  const wrong = parts.find((part) => !partPattern.test(part));
  if (wrong !== undefined) return `Dataset name '${name}' has a part that is not allowed: '${wrong}'`;
  const own = parts.find((part) => part.toLowerCase().startsWith('_dli'));
  if (own !== undefined) return `Dataset name '${name}' is reserved: names that begin with _dli are the product's own`;
  if (reserved.some((word) => word === name.toLowerCase())) return `Dataset name '${name}' is reserved`;
  return undefined;
}

/** Writes "Did you mean …" for a dataset that is not known, also when only the last part of a longer name was given. */
export function suggestDataset(given: string, known: readonly string[]): string | undefined {
  const last = given.split('.').at(-1) ?? given;
  const bySuffix = known.filter((name) => name === last || name.endsWith(`.${last}`));
  return bySuffix.length === 1 ? bySuffix[0] : nearestName(given, known);
}
