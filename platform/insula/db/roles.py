"""The PostgreSQL roles of an installation, as SQL for whoever may create them."""

_ROLE = """DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN CREATE ROLE {name} {options}; END IF;
END $$;"""

ROLES = {
    "insula_owner": "NOLOGIN NOBYPASSRLS",
    "insula_migrate": "LOGIN NOBYPASSRLS NOINHERIT",
    "insula_app": "LOGIN NOBYPASSRLS",
    "insula_system": "LOGIN NOBYPASSRLS",
}


def statements(database: str, passwords: dict[str, str] | None = None) -> list[str]:
    """Return the statements that make the roles and give `insula_owner` the schema of `database`."""
    made = [_ROLE.format(name=name, options=options) for name, options in ROLES.items()]
    for name, password in (passwords or {}).items():
        made.append(f"ALTER ROLE {name} PASSWORD '{password.replace(chr(39), chr(39) * 2)}'")
    return [
        *made,
        "GRANT insula_owner TO insula_migrate",
        f'GRANT CREATE, CONNECT ON DATABASE "{database}" TO insula_owner',
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT CREATE, USAGE ON SCHEMA public TO insula_owner",
        "GRANT USAGE ON SCHEMA public TO insula_app, insula_system",
    ]
