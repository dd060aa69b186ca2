import { z } from 'zod';
import { datasetName, instant, sourceTypeSchema } from './fields.ts';
import { route } from './route.ts';

/** Shape of a statement of a spec on the wire. */
export const statementSchema = z.object({
  label: z.string().describe('Name of the statement, or query'),
  phase: z.enum(['transaction', 'after_commit']).describe('In the run’s transaction, or after its commit'),
  sql: z.string().describe('The template as it was registered'),
});

/** Shape of a {@link SpecRevision} on the wire. */
export const revisionSchema = z.object({
  dataset_name: datasetName,
  revision: z.string().describe('Content digest of the spec'),
  spec: z
    .string()
    .nullable()
    .describe('The spec as one YAML document with its SQL; null for a revision that an earlier version stored'),
  statements: z.array(statementSchema).describe('What a run of it executes, in order'),
  stored_at: instant.describe('When it was stored first'),
  effective: z.boolean().describe('Whether runs are made of it now'),
  sources: z.array(sourceTypeSchema).describe('Whose present spec it is; empty for one of the past'),
});
/** A spec as it was at some time: what every run of that revision was made of. */
export type SpecRevision = z.infer<typeof revisionSchema>;

/** `GET /workflows/{dataset}/revisions/{revision}` */
export const getRevision = route('DLI-809', 'DLI-818')
  .route({
    method: 'GET',
    path: '/workflows/{dataset}/revisions/{revision}',
    summary: 'Read the exact spec and SQL of a present or past revision',
  })
  .input(
    z.strictObject({
      dataset: datasetName,
      revision: z
        .string()
        .min(1)
        .max(300)
        .describe('The revision of a run or a workflow, or the beginning of it; or the id of a run'),
    }),
  )
  .output(revisionSchema);
