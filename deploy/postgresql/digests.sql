-- Counts the rows of every table of the training service, and computes a digest of their content:
--
--   psql -X -q -f digests.sql "$MIGRATION_DATABASE_URL"
--
-- Two databases with the same lines have the same rows. Another schema than `training`: psql -v schema=NAME.
\set ON_ERROR_STOP on
\if :{?schema}
\else
\set schema training
\endif
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' '

-- How values are written as text must not depend on the client or the server.
set timezone = 'UTC';
set datestyle = 'ISO';
set intervalstyle = 'iso_8601';
set extra_float_digits = 1;
set bytea_output = 'hex';

select format(
    $$select %1$L, count(*), encode(sha256(coalesce(string_agg(row, ''::bytea order by row), '')), 'hex')
    from (select sha256(convert_to(t::text, 'UTF8')) as row from %2$I.%1$I as t) as rows$$,
    relname, :'schema'
)
from pg_class where relnamespace = (:'schema')::regnamespace and relkind in ('r', 'p') order by relname collate "C"
\gexec
