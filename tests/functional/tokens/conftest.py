"""What tests of tokens share."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from insula.accounts.interfaces import Accounts, ServiceAccounts, Tokens
from insula.accounts.models import APIToken
from insula.kit.clock import now


class Person:
    """Somebody signed in who speaks JSON: reads freely, and changes with the form token."""

    def __init__(self, tenant, role="owner"):
        self.client = tenant.signed_in(role)
        self.person = self.client.person
        page = self.client.get("/account/@@password").text
        self.token = re.search(r'name="csrf_token" value="([^"]*)"', page)[1]

    def get(self, path, **options):
        return self.client.get(path, **options)

    def post(self, path, body, **options):
        return self.client.post_json(path, body, headers={"X-CSRF-Token": self.token}, **options)

    def patch(self, path, body, *, match="*", **options):
        headers = {"X-CSRF-Token": self.token, **({"If-Match": match} if match else {})}
        return self.client.patch_json(path, body, headers=headers, **options)

    def delete(self, path, **options):
        return self.client.delete(path, headers={"X-CSRF-Token": self.token}, **options)


@pytest.fixture
def owner(one):
    return Person(one)


def service(tenant, name="import", *roles):
    """Make a service account and return it."""
    with tenant.work() as work:
        return work.find_service(ServiceAccounts).create(name, roles)


def token(tenant, account, **options):
    """Make a token of an account and return what is known of it and its text."""
    with tenant.work() as work:
        return work.find_service(Tokens).create(account.id, **options)


def find(tenant, text):
    """Return the live token of a text."""
    with tenant.work(writing=False) as work:
        return work.find_service(Tokens).find(text)


def bearer(tenant, text, installation=None):
    """Return a client that sends this token, to another process if one is named."""
    client = (installation or tenant.installation).client(tenant.host)
    client.authorization = ("Bearer", text)
    return client


def age(tenant, kid, **moved):
    """Let a token be older by this long."""
    with tenant.work() as work:
        where = (APIToken.tenant_id == work.tenant_id, APIToken.kid == kid)
        row = work.db.query(APIToken).filter(*where).one()
        work.db.execute(
            update(APIToken)
            .where(*where)
            .values(
                created_at=row.created_at - timedelta(**moved), expires_at=row.expires_at - timedelta(**moved)
            )
        )


def roles(tenant, account, *wanted):
    with tenant.work() as work:
        work.find_service(Accounts).set_roles(account.id, wanted)


def days_left(found):
    return round((found.expires_at - now()).total_seconds() / 86400)
