-- Dumps the training service's schema, and writes the digests of its tables, both from the same moment. Run it as the
-- owner, not through a pooler, with psql 16 or newer, in the folder for the two files:
--
--   export MIGRATION_DATABASE_URL=postgresql://training_owner:...@DATABASE-SERVER/training
--   psql -X -q -f backup.sql "$MIGRATION_DATABASE_URL"
--
-- It writes training-TIME.dump and training-TIME.digests; docs/runbook.md shows how to restore them and compare.
\set ON_ERROR_STOP on
\if :{?schema}
\else
\set schema training
\endif

begin isolation level repeatable read, read only;
select pg_export_snapshot() as snapshot, to_char(now() at time zone 'UTC', 'YYYYMMDD"T"HH24MISS"Z"') as moment \gset
\set name training- :moment
\setenv SNAPSHOT :snapshot
\setenv SCHEMA :schema
\setenv NAME :name
\! pg_dump --format=custom --snapshot="$SNAPSHOT" --schema="$SCHEMA" --file="$NAME.dump" "$MIGRATION_DATABASE_URL"
\if :SHELL_ERROR
do $$ begin raise exception 'the dump failed; is MIGRATION_DATABASE_URL set?'; end $$;
\endif
\set digests :name .digests
\o :digests
\ir digests.sql
\o
commit;
\echo :name.dump :digests
