-- The database of the training service and its two roles, on a PostgreSQL server of your own. Run it once, as a
-- superuser, with psql 15 or newer:
--
--   export OWNER_PASSWORD=$(openssl rand -hex 24) SERVICE_PASSWORD=$(openssl rand -hex 24)
--   psql -X -f roles.sql postgresql://postgres@DATABASE-SERVER/postgres
--
-- The owner migrates; the service has the rights that `unified-dental migrate` grants to it. On Supabase the database
-- and its owner exist already; only the role of the service is created there (docs/security.md).
\set ON_ERROR_STOP on
\getenv owner_password OWNER_PASSWORD
\getenv service_password SERVICE_PASSWORD
\if :{?owner_password}
\else
do $$ begin raise exception 'set OWNER_PASSWORD and SERVICE_PASSWORD first'; end $$;
\endif

-- Keep the passwords out of the server's log.
set log_statement = 'none';
set log_min_duration_statement = -1;
set log_min_error_statement = 'panic';

create role training_owner login password :'owner_password';
create role training_service login password :'service_password';

-- To let BI read what reports are made of, add a third role, grant CONNECT on the database to it, and set READING_ROLE
-- for `migrate`:
--
--   create role training_reader login password '...';
--   grant connect on database training to training_reader;

\set database training
\ir database.sql
