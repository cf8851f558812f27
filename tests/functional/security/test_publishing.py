"""An author may not publish and an editor may, by API and by screen, and the log names the same rule each time."""

import pytest

from insula.website.interfaces import PageDraft, Pages


@pytest.fixture
def page(one):
    with one.work() as work:
        return work.find_service(Pages).create(PageDraft(path="/news", title="News"))


def decisions(told):
    return [line for line in told if line["event"] == "decision" and line["action"] == "publish"]


def by_api(one, role, page):
    client = one.api(role)
    return client.post(f"/api/pages/{page.id}/publish", status="*").status_int


def by_screen(one, role, page):
    client = one.signed_in(role)
    form = client.get("/admin/pages/news", status=200)
    token = form.html.find("input", {"name": "csrf_token"})["value"]
    version = form.html.find("input", {"name": "version"})["value"]
    fields = {"csrf_token": token, "version": version}
    return client.post("/admin/pages/news/publish", fields, status="*").status_int


@pytest.mark.parametrize("door", [by_api, by_screen])
def test_an_author_is_refused_and_the_log_names_the_rule_that_was_wanting(one, page, door, told):
    assert door(one, "author", page) == 403
    decision, *_ = decisions(told)
    assert decision["log_level"] == "info"
    assert (decision["allowed"], decision["resource"]) == (False, 'Page::"/news"')
    assert decision["rules"] == []
    assert decision["unmet"][0] == "tenant:editors-publish"


@pytest.mark.parametrize("door", [by_api, by_screen])
def test_an_editor_publishes_and_the_log_names_the_rule(one, page, door, told):
    assert door(one, "editor", page) in {200, 303}
    decision, *_ = decisions(told)
    assert decision["log_level"] == "info"
    assert (decision["allowed"], decision["rules"]) == (True, ["tenant:editors-publish"])
    with one.work(writing=False) as work:
        assert work.find_service(Pages).by_path("/news").published


def test_a_decision_carries_the_request_id_and_an_ordinal(one, page, told):
    by_api(one, "editor", page)
    decision, *_ = decisions(told)
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


def test_looking_at_a_page_that_one_may_not_publish_is_no_refusal(one, page, told):
    author = one.signed_in("author")
    assert "Editors publish pages." in author.get("/admin/pages/news", status=200).text
    assert decisions(told) == []
