import { z } from 'zod';

/** Shape of a {@link Role} on the wire: from what may do least to what may do all. */
export const roleSchema = z
  .enum(['viewer', 'operator', 'deployer', 'admin'])
  .describe('What it may do: each role also what the ones before it may');
/**
 * What a token may do. A `viewer` reads, an `operator` also runs what is there, a `deployer` also changes what is there, and an
 * `admin` also makes and revokes tokens.
 */
export type Role = z.infer<typeof roleSchema>;
