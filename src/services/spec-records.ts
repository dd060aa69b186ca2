import type { SpecFileRecord } from '../store/queries/spec-files.ts';

/** What is known of a manual file that the server has just written. What it looks like from outside shows at the next look. */
export function writtenFile(dataset: string, digest: string): SpecFileRecord {
  return { sourceType: 'manual', path: manualPath(dataset), dataset, digest, sqlFiles: [], signature: '', error: null };
}

/** The path of a dataset's manual file in its folder. */
export function manualPath(dataset: string): string {
  return `${dataset}.yaml`;
}
