-- Runs once, when the database cluster is made (docker-entrypoint-initdb.d), as the cluster's superuser.
-- Two roles: desk_owner owns the tables and migrates; desk is what the processes use. A table's owner could switch
-- off the triggers that make the trade log append-only, so the processes are not the owner.
\set ON_ERROR_STOP on
\getenv owner_password DESK_DB_OWNER_PASSWORD
\getenv desk_password DESK_DB_PASSWORD

SET password_encryption = 'scram-sha-256';
-- the statements hold the passwords
SET log_statement = 'none';
SET log_min_error_statement = 'panic';

CREATE ROLE desk_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE desk LOGIN PASSWORD :'desk_password';

CREATE DATABASE desk OWNER desk_owner TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE desk FROM PUBLIC;
GRANT CONNECT ON DATABASE desk TO desk;

\connect desk
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO desk_owner;
GRANT USAGE ON SCHEMA public TO desk;
-- whatever a later migration creates is usable by the processes too
ALTER DEFAULT PRIVILEGES FOR ROLE desk_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO desk;
ALTER DEFAULT PRIVILEGES FOR ROLE desk_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO desk;
ALTER DEFAULT PRIVILEGES FOR ROLE desk_owner IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO desk;
