import type { SourceType } from '../../contract/fields.ts';
import { pickEffective } from '../../core/effective-spec.ts';
import type { NotificationSpec } from '../../core/notification.ts';
import type { Queries } from '../sqlite.ts';

/* A run's end asks who is told, so SQLite takes that out of the spec: parsing all of it here would cost more than the rest. */

const notifications = "json_extract(spec, '$.schedule.notifications')";

/** Who is told about a dataset, by its effective spec; undefined when it is not registered or has no schedule. */
export function effectiveNotifications(queries: Queries, dataset: string): NotificationSpec | undefined {
  const rows = queries.all<{ sourceType: SourceType; json: string | null }>(
    `SELECT source_type AS sourceType, ${notifications} AS json
     FROM registrations JOIN revisions USING (revision)
     WHERE dataset = ?`,
    [dataset],
  );
  return parse(pickEffective(rows)?.json);
}

/** Who is told by a revision's spec. */
export function notificationsOfRevision(queries: Queries, revision: string): NotificationSpec | undefined {
  const row = queries.get<{ json: string | null }>(
    `SELECT ${notifications} AS json FROM revisions WHERE revision = ?`,
    [revision],
  );
  return parse(row?.json);
}

function parse(json: string | null | undefined): NotificationSpec | undefined {
  return json == null ? undefined : JSON.parse(json);
}
