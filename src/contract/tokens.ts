import { z } from 'zod';
import { cursorField, instant, pageLimit, pageOf, queryFlag } from './fields.ts';
import { roleSchema } from './roles.ts';
import { route } from './route.ts';

/** Shape of an {@link AccessToken} on the wire. */
export const tokenSchema = z.object({
  token_id: z.string().describe('Its public id, which the token itself begins with'),
  name: z.string().describe('Who uses it, as events and runs name them'),
  role: roleSchema,
  status: z.enum(['active', 'expired', 'revoked']).describe('Whether it is accepted'),
  created_at: instant,
  created_by: z.string().describe('Who made it'),
  expires_at: instant.nullable().describe('When it ends by itself; null for never'),
  revoked_at: instant.nullable().describe('When it was revoked'),
  revoked_by: z.string().nullable().describe('Who revoked it'),
});
/** A token as it is listed: never the secret. */
export type AccessToken = z.infer<typeof tokenSchema>;

/** Shape of a {@link CreatedToken} on the wire. */
export const createdTokenSchema = tokenSchema.extend({
  token: z.string().describe('The token, which is shown this once and kept nowhere'),
});
/** A token that was just made, with its secret. */
export type CreatedToken = z.infer<typeof createdTokenSchema>;

/** `POST /tokens` */
export const createToken = route('DLI-804', 'DLI-807')
  .route({
    method: 'POST',
    path: '/tokens',
    successStatus: 201,
    summary: 'Make a token',
    description:
      'The first one has to be an admin’s, and from then on every request needs one. A repeat with the same idempotency key gives the same token a new secret.',
  })
  .input(
    z.strictObject({
      name: z
        .string()
        .max(100)
        .optional()
        .describe('Who uses it: letters, digits, spaces and . _ @ + -; by default role and id'),
      role: roleSchema,
      expires_at: z.iso
        .datetime({ offset: true })
        .nullable()
        .default(null)
        .describe('When it ends by itself; null for never'),
    }),
  )
  .output(createdTokenSchema);

/** `GET /tokens` */
export const listTokens = route()
  .route({ method: 'GET', path: '/tokens', summary: 'List tokens, newest first' })
  .input(
    z.strictObject({
      all: queryFlag.optional().describe('Also those that were revoked'),
      limit: pageLimit,
      cursor: cursorField,
    }),
  )
  .output(pageOf(tokenSchema));

/** `DELETE /tokens/{token}` */
export const revokeToken = route('DLI-430', 'DLI-807')
  .route({
    method: 'DELETE',
    path: '/tokens/{token}',
    summary: 'Revoke a token',
    description: 'It is refused from then on, and streams that it opened end within seconds.',
  })
  .input(z.strictObject({ token: z.string().min(1).max(200).describe('Id or name of the token; never the secret') }))
  .output(tokenSchema);
