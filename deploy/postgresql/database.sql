-- A database for the training service, whose roles exist: a new one, or one to restore a backup into.
--
--   psql -X -v database=training_restored -f database.sql postgresql://postgres@DATABASE-SERVER/postgres
\set ON_ERROR_STOP on
create database :"database" template template0 encoding 'UTF8';
revoke all on database :"database" from public;
grant connect, create, temporary on database :"database" to training_owner;
grant connect, temporary on database :"database" to training_service;
