#!/bin/sh
# For the container of the database (docker-compose.yml), which runs it once over an empty volume: the
# three roles, and the login that the application uses. `migrate` goes in as the superuser.
set -eu

psql -v ON_ERROR_STOP=1 -v password="$SERVE_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create role spineboard_owner nologin;
create role spineboard_app nologin;
create role spineboard_auditor nologin;
create role spineboard_serve login password :'password';
grant spineboard_app to spineboard_serve;
SQL
