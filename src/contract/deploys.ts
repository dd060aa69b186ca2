import { z } from 'zod';
import { datasetName, instant } from './fields.ts';
import { route } from './route.ts';
import { pauseSchema } from './workflows.ts';

/** Shape of a {@link DeployCommit} on the wire. */
export const deployCommitSchema = z.strictObject({
  sha: z.string().min(1).max(100).describe('Its hash, or what else identifies it'),
  ref: z.string().max(300).nullable().default(null).describe('Branch or tag'),
  dirty: z.boolean().nullable().default(null).describe('Whether files differed from it; null when that is not known'),
  url: z.string().max(1000).nullable().default(null).describe('Where to read about it, such as the CI job'),
});
/** The commit that specs are deployed from. */
export type DeployCommit = z.output<typeof deployCommitSchema>;

/** Shape of a {@link SpecDifference} on the wire. */
export const specDifferenceSchema = z.object({
  path: z.string().describe('Which part of the spec, such as schedule.cron or parameters.lookback_days'),
  kind: z
    .enum(['schedule', 'parameter', 'sql', 'execution', 'notification', 'lineage', 'description'])
    .describe('What the part is about'),
  before: z.json().describe('What it was; null when there was none, and for SQL'),
  after: z.json().describe('What it becomes; null when it goes away, and for SQL'),
  cosmetic: z
    .boolean()
    .describe('Whether it changes nothing that is computed: SQL that parses to the same, a description'),
  text: z.string().describe('The same in words'),
  lines: z.array(z.string()).describe('For SQL, the changed lines of the template as a unified diff, at most 40'),
});
/** One difference between two specs of a dataset. */
export type SpecDifference = z.infer<typeof specDifferenceSchema>;

/** Shape of {@link DeployTicks} on the wire. */
export const deployTicksSchema = z.object({
  next_before: instant.nullable().describe('The next tick as things are; null when it does not run by itself'),
  next_after: instant.nullable().describe('The next tick after the deploy'),
  day_before: z.int().describe('Ticks within the next 24 hours as things are'),
  day_after: z.int().describe('Ticks within the next 24 hours after the deploy'),
  text: z.string().nullable().describe('What changes of its ticks, in words; null when nothing does'),
});
/** What a deploy makes of a dataset's ticks. */
export type DeployTicks = z.infer<typeof deployTicksSchema>;

/** Shape of a {@link DeployChange} on the wire. */
export const deployChangeSchema = z.object({
  dataset_name: datasetName,
  file_name: z.string().nullable().describe('The file that was sent; null for a dataset that is removed'),
  change: z.enum(['new', 'changed', 'removed']).describe('What the deploy makes of its code spec'),
  overrides_manual: z.boolean().describe('Whether a manual registration is overridden from now on'),
  frees_manual: z.boolean().describe('Whether a manual registration that was overridden takes over'),
  paused: pauseSchema.nullable().describe('Since when it is paused: no deploy changes that'),
  revision_before: z.string().nullable().describe('Digest of the spec that runs now; null when none does'),
  revision_after: z.string().nullable().describe('Digest of the spec that runs after it; null when none does'),
  differences: z
    .array(specDifferenceSchema)
    .describe('How the spec that runs changes; none where none runs before or after'),
  ticks: deployTicksSchema.describe('What becomes of its ticks'),
  warnings: z.array(z.string()).describe('What may surprise'),
});
/** What a deploy makes of one dataset. */
export type DeployChange = z.infer<typeof deployChangeSchema>;

/** Shape of a {@link WorkflowDeploy} on the wire. */
export const workflowDeploySchema = z.object({
  deploy_id: z.string().nullable().describe('Its identity; null when nothing was changed'),
  release: z.string().nullable().describe('Digest of the release that is in force after it; null when there is none'),
  dry_run: z.boolean().describe('Whether only the plan was asked for'),
  applied: z.boolean().describe('Whether something was changed'),
  commit: deployCommitSchema.nullable().describe('The commit that was deployed'),
  changes: z.array(deployChangeSchema).describe('Every dataset that changes, by name'),
  unchanged: z.array(z.string()).describe('Datasets that were sent and stay as they are'),
  kept: z.int().describe('Datasets of earlier deploys that were not sent and stay'),
  warnings: z
    .array(z.string())
    .describe('What may surprise of the deploy as a whole, or did not work after it was in force'),
});
/** A deploy, or the plan of one. */
export type WorkflowDeploy = z.infer<typeof workflowDeploySchema>;

/** The largest request body of a deploy, in bytes. */
export const largestDeploy = 64 * 1024 * 1024;

const specText = z.string().max(1_048_576);

/** `POST /workflows/deploy` */
export const deployWorkflows = route('DLI-801', 'DLI-804', 'DLI-805', 'DLI-807', 'DLI-813', 'DLI-815', 'DLI-816')
  .route({
    method: 'POST',
    path: '/workflows/deploy',
    summary: 'Deploy the specs of a project as code, or tell what that would change',
    description:
      'All specs are checked before anything is changed, and all of them come into force together. Datasets that are not named stay, unless prune is given.',
  })
  .input(
    z.strictObject({
      specs: z
        .array(
          z.strictObject({
            file_name: z.string().max(1000).describe('What errors call the document'),
            spec: specText.describe('The YAML document'),
            files: z
              .record(z.string().max(300), specText)
              .default({})
              .describe('The SQL files that the document names, by the path that it names them with'),
          }),
        )
        .max(10_000)
        .describe('The specs'),
      prune: z.boolean().default(false).describe('Remove the code specs of datasets that are not named'),
      dry_run: z.boolean().default(false).describe('Only tell what would change'),
      allow_empty: z.boolean().default(false).describe('Let prune remove everything when there are no specs'),
      commit: deployCommitSchema.nullable().default(null).describe('The commit that the specs are of'),
    }),
  )
  .output(workflowDeploySchema);
