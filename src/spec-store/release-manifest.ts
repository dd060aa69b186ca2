import { createHash } from 'node:crypto';
import { z } from 'zod';
import { datasetNameProblem } from '../spec/dataset-name.ts';

/** The commit that a release was made from, as far as whoever deployed it said. */
export interface ReleaseCommit {
  readonly sha: string;
  /** Branch or tag. */
  readonly ref: string | null;
  /** Whether files differed from the commit; null when that is not known. */
  readonly dirty: boolean | null;
  /** Where people read about it, such as the CI job. */
  readonly url: string | null;
}

/** Who deployed a release, when (ms) and from where. */
export interface ReleaseOrigin {
  readonly deployId: string;
  readonly at: number;
  readonly actor: string;
  readonly commit: ReleaseCommit | null;
}

/** A set of specs that are in force together: one file per dataset. */
export interface Release extends ReleaseOrigin {
  /** Digests the list of files: two releases of the same files are one. */
  readonly digest: string;
  /** Where its files are, as an absolute path. */
  readonly folder: string;
  /** Each dataset's file, by its digest. */
  readonly files: ReadonlyMap<string, string>;
  /** What was sent of each dataset, by a digest that whoever deploys chooses; so that the same again needs no check. */
  readonly uploads: ReadonlyMap<string, string>;
}

const digestSchema = z.string().regex(/^[0-9a-f]{64}$/);

const manifestSchema = z.strictObject({
  format: z.literal(1),
  deploy_id: z.string(),
  release: digestSchema,
  deployed_at: z.iso.datetime(),
  deployed_by: z.string(),
  commit: z
    .strictObject({
      sha: z.string(),
      ref: z.string().nullable(),
      dirty: z.boolean().nullable(),
      url: z.string().nullable(),
    })
    .nullable(),
  // A list, as a dataset may be called like something that every object has.
  files: z.array(
    z.strictObject({
      // A name becomes a path, and the manifest is a file that somebody may have edited.
      dataset: z.string().refine((name) => datasetNameProblem(name) === undefined),
      digest: digestSchema,
      upload: digestSchema,
    }),
  ),
});

/** Writes a release's manifest as JSON that people can read. */
export function writeManifest({
  digest,
  deployId,
  at,
  actor,
  commit,
  files,
  uploads,
}: Omit<Release, 'folder'>): string {
  const manifest: z.infer<typeof manifestSchema> = {
    format: 1,
    deploy_id: deployId,
    release: digest,
    deployed_at: new Date(at).toISOString(),
    deployed_by: actor,
    commit,
    files: sorted(files).map(([dataset, file]) => ({ dataset, digest: file, upload: uploads.get(dataset) ?? file })),
  };
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

/** Reads a manifest. @throws SyntaxError, ZodError, or an error that says that the list was changed */
export function readManifest(text: string): Omit<Release, 'folder'> {
  const manifest = manifestSchema.parse(JSON.parse(text));
  const files = new Map(manifest.files.map(({ dataset, digest }) => [dataset, digest]));
  if (releaseDigest(files) !== manifest.release) throw new TypeError('its list of files does not fit its digest');
  return {
    digest: manifest.release,
    deployId: manifest.deploy_id,
    at: Date.parse(manifest.deployed_at),
    actor: manifest.deployed_by,
    commit: manifest.commit,
    files,
    uploads: new Map(manifest.files.map(({ dataset, upload }) => [dataset, upload])),
  };
}

/** Digests a list of files (SHA-256, hex), whatever their order. */
export function releaseDigest(files: ReadonlyMap<string, string>): string {
  const digest = createHash('sha256');
  for (const [dataset, file] of sorted(files)) digest.update(`${dataset}\0${file}\n`);
  return digest.digest('hex');
}

function sorted(files: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...files].sort(([left], [right]) => (left < right ? -1 : 1));
}
