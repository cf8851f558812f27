"""`insula feature`: what it prints, what it changes, and how it fails."""

from __future__ import annotations

from insula.settings.commands import feature
from tests import terminal


def run(handle, *words):
    return terminal.run(feature, handle.installation, *words, "--tenant", handle.tenant.name)


def test_the_list_shows_every_feature_with_its_state(one):
    answer = run(one, "list")
    assert answer.exit_code == 0
    assert "streams" in answer.output
    assert "insula feature show NAME" in answer.output


def test_a_feature_is_switched_off_and_on_for_one_tenant_only(one, two):
    assert "is off, version 1" in run(one, "off", "streams").output
    assert one.api("admin").get("/api/streams", status="*").status_int == 404
    assert two.api("admin").get("/api/streams", status="*").status_int == 200
    assert "is on, version 2" in run(one, "on", "streams").output
    assert one.api("admin").get("/api/streams", status="*").status_int == 200
    assert "stays as it was" in run(one, "on", "streams").output


def test_a_mistake_is_told_with_what_would_do(one):
    answer = run(one, "set", "website", "ghost=1")
    assert answer.exit_code == 1
    assert "There is no setting ghost." in answer.output
    answer = run(one, "off", "ghost")
    assert answer.exit_code == 1
    assert "There is no feature ghost." in answer.output
    assert "insula feature list" in answer.output


def test_setting_nothing_is_told(one):
    answer = run(one, "set", "website")
    assert answer.exit_code == 1
    assert "There is nothing to set." in answer.output


def test_one_feature_is_shown_with_its_settings(one):
    answer = run(one, "show", "website")
    assert answer.exit_code == 0
    assert "Website is on, version 0" in answer.output


def test_a_default_that_is_empty_is_called_so(one):
    run(one, "set", "website", "title=Station 4")
    assert "title = Station 4   (default empty)" in run(one, "show", "website").output


def test_a_choice_is_shown_with_what_is_offered_and_nothing_else_is_taken(one):
    assert "One of: harbour, bay." in run(one, "show", "website").output
    answer = run(one, "set", "website", "theme=harbor")
    assert answer.exit_code == 1
    assert "Did you mean harbour?" in answer.output
    assert run(one, "set", "website", "theme=bay").exit_code == 0
