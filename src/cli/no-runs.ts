import type { BasecampClient } from '../client/basecamp-client.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { readPages } from './pages.ts';
import { visibleLine } from './render/visible.ts';

/** Says that no run was found; for a dataset that the server does not have, what was probably meant. */
export async function noRunsText(
  client: BasecampClient,
  { dataset, isFiltered, signal }: { dataset: string | undefined; isFiltered: boolean; signal: AbortSignal },
): Promise<string> {
  const such = isFiltered ? 'No such runs' : 'No runs';
  if (dataset === undefined) return isFiltered ? such : `${such} yet. Start one with: dli workflow run <dataset>`;
  const { items } = await readPages((each) => client.workflow.list(each, { signal }));
  const names = items.map(({ dataset_name }) => dataset_name);
  if (names.includes(dataset)) return `${such} of ${visibleLine(dataset)}`;
  const meant = didYouMean(dataset, names).map((hint) => `. ${visibleLine(hint)}`);
  return `${such} of ${visibleLine(dataset)}, and no workflow of that name${meant.join('')}`;
}
