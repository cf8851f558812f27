"""Who owns what a migration makes on PostgreSQL."""

#: Answers a row where the migrating role can act as the owning role, so that tables belong to it whoever migrates.
CAN_BECOME_OWNER = """
SELECT 1 FROM pg_roles AS owner
WHERE rolname = 'insula_owner' AND pg_has_role(oid, 'MEMBER') AND (
    has_database_privilege(oid, current_database(), 'CREATE')
    OR EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = 'insula_records' AND nspowner = owner.oid)
)
"""

BECOME_OWNER = "SET LOCAL ROLE insula_owner"
