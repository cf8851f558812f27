"""What tests read in the letters of a tenant."""

import re

from insula.mail.interfaces import Letters


def letters(handle, to=None):
    """Return the letters of a tenant, the newest first, to one address or to all."""
    with handle.work(writing=False) as work:
        found = work.find_service(Letters).newest()
    return [letter for letter in found if to in (None, letter.to)]


def link_in(handle, to):
    """Return the path that the newest letter with a link leads to, on the host of its own tenant."""
    for letter in letters(handle, to):
        found = re.search(rf"https?://{re.escape(handle.host)}(/account/@@\S+\?link=\S+)", letter.text)
        if found:
            return found[1]
    raise AssertionError(f"no letter to {to} has a link")


def secret_in(handle, to):
    """Return the secret of that link."""
    return link_in(handle, to).partition("link=")[2]
