-- The list of one owner's workflows among any number of others.
CREATE INDEX registrations_owner ON registrations (owner, dataset, source_type);
