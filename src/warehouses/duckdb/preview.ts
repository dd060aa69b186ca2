import type { Preview } from '../warehouse.ts';
import type { PreviewInput } from './child-protocol.ts';
import type { Session } from './session.ts';
export async function previewTable(_session: Session, _input: PreviewInput): Promise<Preview> {
  return { columns: [], rows: [] };
}
