"""An author may not publish and an editor may, by API and by screen, and the log names the same rule each time."""

import pytest
from structlog.testing import capture_logs

from insula.website.interfaces import PageDraft, Pages


@pytest.fixture
def page(one):
    with one.work() as work:
        return work.find_service(Pages).create(PageDraft(path="/news", title="News"))


def decisions(logs, action="publish"):
    return [entry for entry in logs if entry["event"] == "decision" and entry["action"] == action]


def by_api(one, role, page):
    client = one.api(role)
    with capture_logs() as logs:
        response = client.post(f"/api/pages/{page.id}/publish", status="*")
    return response.status_int, decisions(logs)


def by_screen(one, role, page):
    client = one.signed_in(role)
    form = client.get("/admin/pages/news", status=200)
    token = form.html.find("input", {"name": "csrf_token"})["value"]
    version = form.html.find("input", {"name": "version"})["value"]
    with capture_logs() as logs:
        response = client.post(
            "/admin/pages/news/publish", {"csrf_token": token, "version": version}, status="*"
        )
    return response.status_int, decisions(logs)


@pytest.mark.parametrize("door", [by_api, by_screen])
def test_an_author_is_refused_and_the_log_names_the_rule_that_was_wanting(one, page, door):
    status, (decision, *_) = door(one, "author", page)
    assert status == 403
    assert decision["log_level"] == "info"
    assert (decision["allowed"], decision["resource"]) == (False, 'Page::"/news"')
    assert decision["rules"] == []
    assert decision["unmet"][0] == "tenant:editors-publish"


@pytest.mark.parametrize("door", [by_api, by_screen])
def test_an_editor_publishes_and_the_log_names_the_rule(one, page, door):
    status, (decision, *_) = door(one, "editor", page)
    assert status in {200, 303}
    assert decision["log_level"] == "info"
    assert (decision["allowed"], decision["rules"]) == (True, ["tenant:editors-publish"])
    with one.work(writing=False) as work:
        assert work.find_service(Pages).by_path("/news").published


def test_a_decision_carries_the_request_id_and_an_ordinal(one, page):
    _, (decision, *_) = by_api(one, "editor", page)
    number, _, ordinal = decision["decision"].rpartition("-")
    assert len(number) == 36
    assert ordinal.isdigit()


def test_an_author_edits_their_own_page_and_no_other(one, page):
    with one.work() as work:
        pages = work.find_service(Pages)
        client = one.signed_in("author")
        pages.create(PageDraft(path="/mine", title="Mine"), author=client.person.id)
    for path, status in (("/news", 403), ("/mine", 303)):
        form = client.get(f"/admin/pages{path}", status=200).forms
        edit = next(candidate for candidate in form.values() if "title" in candidate.fields)
        edit["title"] = "Changed"
        edit.submit(status=status)
