"""What tests of people share: somebody signed in who speaks JSON, groups, and what is in force."""

import re
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from insula.accounts.interfaces import Accounts, Groups, Invitations, Roles
from insula.mail.interfaces import Letters


class Person:
    """Somebody signed in who reads freely, and changes with the form token."""

    def __init__(self, tenant, role="owner"):
        self.browser = tenant.signed_in(role)
        self.id = str(self.browser.person.id)
        found = re.search(r'name="csrf_token" value="([^"]*)"', self.browser.get("/account").text)
        self._token = found[1]

    def get(self, path, **options):
        return self.browser.get(path, **options)

    def send(self, method, path, body=None, *, match=None, status=None):
        headers = {"X-CSRF-Token": self._token, **({"If-Match": match} if match else {})}
        ask = getattr(self.browser, f"{method.lower()}_json")
        return ask(path, {} if body is None else body, headers=headers, status=status)

    def patch(self, path, body, **options):
        tag = self.get(path).headers["ETag"]
        return self.send("PATCH", path, body, match=tag, **options)

    def form(self, path, fields, **options):
        return self.browser.post(path, [("csrf_token", self._token), *fields], **options)


@dataclass
class Facts:
    """What is in force in a tenant, asked of the services."""

    tenant: object

    @contextmanager
    def service(self, promise, *, writing=False):
        with self.tenant.work(writing=writing) as work:
            yield work.find_service(promise)

    def account(self, account_id):
        with self.service(Accounts) as accounts:
            return accounts.by_id(account_id)

    def invitations(self):
        with self.service(Invitations) as invitations:
            return {each.email: each for each in invitations.list()}

    def letters(self, kind="invitation"):
        with self.service(Letters) as letters:
            return [each for each in letters.newest() if each.kind == kind]

    def group(self, name, roles=(), members=()):
        with self.service(Groups, writing=True) as groups:
            made = groups.create(name, name.title(), roles)
            return groups.set_members(made.id, members) if members else made

    def groups(self):
        with self.service(Groups) as groups:
            return {each.name: each for each in groups.all()}

    def members(self, group):
        with self.service(Groups) as groups:
            return {each.id for each in groups.members(group.id)}

    def role(self, name):
        with self.service(Roles, writing=True) as roles:
            return roles.create(name, name.title())

    def roles(self):
        with self.service(Roles) as roles:
            return {each.name: each for each in roles.all()}


@pytest.fixture
def facts(one):
    return Facts(one)


@pytest.fixture
def owner(one):
    return Person(one)


@pytest.fixture
def admin(one):
    return Person(one, "admin")


@pytest.fixture
def editor(one):
    return one.person("editor")
