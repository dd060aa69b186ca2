import type { PrepareInput } from './child-protocol.ts';
import { requireDataset } from './dataset-table.ts';
import type { Session } from './session.ts';

/**
 * Creates the file of a dataset's catalog unless it exists, so that the dataset's first run need not wait until nothing else
 * runs.
 *
 * @throws DLI-815 when DuckDB cannot hold the dataset, DLI-816 when the catalog cannot be added now
 */
export async function prepareCatalog(session: Session, { dataset }: PrepareInput, signal: AbortSignal): Promise<void> {
  const { catalog } = requireDataset(dataset);
  if (session.hasCatalog(catalog)) return;
  await session.use({ catalog, signal }, () => Promise.resolve());
}
