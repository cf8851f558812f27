"""The policy on screens: draft, checks, trying, publishing, rolling back, without any script."""

from insula.security.interfaces import PolicyDrafts
from tests.functional.policies.conftest import NETWORK, current, flush, token_of, without


def edit(browser, text, then=""):
    """Save a text through the form, with one of its buttons."""
    form = browser.get("/admin/policy").forms["policy"]
    form["text"] = text
    return form.submit("then", value=then) if then else form.submit()


def draft_of(tenant):
    with tenant.work(writing=False) as work:
        return work.find_service(PolicyDrafts).find()


def test_an_owner_writes_tries_publishes_and_rolls_back(one, two):
    before = current(one).text
    one.api("viewer").get("/api/streams", status=200)
    two.api("viewer").get("/api/streams", status=200)
    flush(one)
    owner = one.signed_in("owner")
    flush(one)
    tried = edit(owner, before + NETWORK, "try").follow()
    assert "What would change" in tried.text
    assert "tenant:api-from-the-office-only" in tried.text
    assert tried.html.select_one("#denied tbody tr")
    assert current(one).number == 1
    review = owner.get("/admin/policy/@@publish")
    assert "5 lines added, none removed" in review.text or "added" in review.text
    form = review.forms["publish"]
    form["message"] = "From the office"
    done = form.submit(status=303).follow()
    assert "Published. It holds from the next request on." in done.text
    assert current(one).message == "From the office"
    assert draft_of(one) is None
    one.api("viewer").get("/api/streams", status=404)
    two.api("viewer").get("/api/streams", status=200)
    listed = owner.get("/admin/policy/versions")
    assert [row.text for row in listed.html.select("tbody tr th a")] == ["Version 2", "Version 1"]
    back = owner.get("/admin/policy/versions/1").forms["rollback"].submit(status=303).follow()
    assert "Rolled back" in back.text
    assert (current(one).number, current(one).text) == (3, before)
    one.api("viewer").get("/api/streams", status=200)


def test_a_draft_with_flaws_is_kept_and_its_flaws_lead_to_their_lines(one):
    owner = one.signed_in("owner")
    bad = current(one).text + '@id("x") permit(principal in Role::"edtor", action, resource is Page);'
    shown = edit(owner, bad).follow()
    line = len(bad.splitlines())
    assert shown.html.select_one(f'#flaws a[href="#line-{line}"]')
    assert "at" in shown.html.select_one(f"#line-{line}")["class"]
    assert "Did you mean" in shown.text
    review = owner.get("/admin/policy/@@publish")
    assert "Not published: 1 thing needs another look" in review.text
    assert "publish" not in review.forms
    fields = {"csrf_token": token_of(owner), "draft": draft_of(one).version, "expected": 1, "message": ""}
    owner.post("/admin/policy/@@publish", fields, status=422)
    assert "The draft cannot be tried" in owner.get("/admin/policy/@@dry-run").text
    assert current(one).number == 1


def test_publishing_what_locks_everybody_out_is_refused_with_the_rule(one):
    owner = one.signed_in("owner")
    locked = current(one).text + '@id("closed") forbid(principal, action, resource in Setting::"policy");'
    edit(owner, locked)
    fields = {"csrf_token": token_of(owner), "draft": draft_of(one).version, "expected": 1, "message": ""}
    refused = owner.post("/admin/policy/@@publish", fields, status=422)
    assert "tenant:closed" in refused.text
    assert current(one).number == 1


def test_two_who_edit_at_once_do_not_overwrite_each_other(one):
    ann, bob = one.signed_in("owner"), one.signed_in("owner")
    text = current(one).text
    hers, his = ann.get("/admin/policy").forms["policy"], bob.get("/admin/policy").forms["policy"]
    hers["text"], his["text"] = text + "// hers", text + "// his"
    hers.submit(status=303)
    late = his.submit(status=412)
    assert "// his" in late.forms["policy"]["text"].value
    assert draft_of(one).text.endswith("// hers")
    late.forms["policy"].submit(status=303)
    assert draft_of(one).text.endswith("// his")


def test_a_review_that_is_out_of_date_publishes_nothing(one):
    owner = one.signed_in("owner")
    text = current(one).text
    edit(owner, text + "// one")
    form = owner.get("/admin/policy/@@publish").forms["publish"]
    edit(owner, text + "// two")
    form.submit(status=412)
    assert current(one).number == 1
    fresh = owner.get("/admin/policy/@@publish").forms["publish"]
    with one.work() as work:
        from insula.security.interfaces import Policies

        work.find_service(Policies).publish(text, {}, "somebody", "meanwhile")
    fresh.submit(status=412)
    assert current(one).number == 2
    assert "was published after this draft began" in owner.get("/admin/policy").text


def test_a_draft_is_discarded(one):
    owner = one.signed_in("owner")
    edit(owner, current(one).text + "// more")
    gone = owner.get("/admin/policy").forms["discard"].submit(status=303).follow()
    assert "The draft is gone" in gone.text
    assert draft_of(one) is None
    empty = owner.get("/admin/policy/@@publish")
    assert "There is no draft to publish" in empty.text
    assert "There is no draft to try" in owner.get("/admin/policy/@@dry-run").text


def test_an_admin_looks_and_changes_nothing_and_an_editor_finds_nothing(one, two):
    admin, editor = one.signed_in("admin"), one.signed_in("editor")
    shown = admin.get("/admin/policy")
    assert "You may look at the policy but not change it" in shown.text
    assert shown.html.select_one("#policy fieldset").has_attr("disabled")
    token = token_of(admin, "/account/@@password")
    form = {"csrf_token": token, "text": "x", "draft": "0", "base": "1"}
    admin.post("/admin/policy/@@draft", form, status=403)
    admin.post("/admin/policy/@@discard", form, status=403)
    admin.post("/admin/policy/@@publish", {**form, "expected": "1"}, status=403)
    admin.post("/admin/policy/versions/1/@@rollback", {"csrf_token": token, "expected": "1"}, status=403)
    admin.get("/admin/policy/@@publish", status=403)
    for path in ("", "/@@dry-run", "/@@try", "/versions", "/versions/1", "/decisions"):
        admin.get(f"/admin/policy{path}", status=200)
        editor.get(f"/admin/policy{path}", status=404)
    owner = two.signed_in("owner")
    edit(owner, current(two).text + "// theirs")
    assert "// theirs" not in admin.get("/admin/policy").text


def test_forms_need_their_token_and_versions(one):
    owner = one.signed_in("owner")
    owner.post("/admin/policy/@@draft", {"text": "x", "draft": "0", "base": "1"}, status=400)
    token = token_of(owner)
    for fields in ({}, {"draft": "x", "base": "1"}, {"draft": "-1", "base": "1"}, {"draft": "0"}):
        owner.post("/admin/policy/@@draft", {"csrf_token": token, "text": "x", **fields}, status=400)
    owner.post("/admin/policy/versions/1/@@rollback", {"csrf_token": token}, status=400)
    huge = {"csrf_token": token, "text": "x" * 200_000, "draft": "0", "base": "1"}
    owner.post("/admin/policy/@@draft", huge, status=422)
    deep = {"csrf_token": token, "text": "(" * 5_000, "draft": "0", "base": "1"}
    shown = owner.post("/admin/policy/@@draft", deep, status=303).follow()
    assert "nest at most 50 deep" in shown.text


def test_one_request_is_tried_in_force_and_in_the_draft(one):
    owner = one.signed_in("owner")
    edit(owner, without(current(one).text, "editors-publish"))
    asked = owner.get("/admin/policy/@@try").forms["try"]
    asked["who"], asked["action"], asked["on"] = "editor", "publish", 'Page::"/news"'
    shown = asked.submit()
    assert "tenant:editors-publish" in shown.text
    assert "Another answer than the policy in force gives" in shown.text
    edit(owner, current(one).text + "permit(principal);")
    assert "The draft has flaws, so it cannot be asked" in asked.submit(status=200).text
    asked["on"] = "nonsense"
    wrong = asked.submit(status=422)
    assert wrong.html.select_one("#errors a")["href"] == "#f-on"


def test_a_text_with_markup_is_shown_as_text(one):
    owner = one.signed_in("owner")
    shown = edit(owner, current(one).text + "// <script>alert(1)</script>").follow()
    assert "<script>alert" not in shown.text
    assert "&lt;script&gt;alert" in shown.text


def test_the_home_page_says_that_a_draft_waits(one):
    owner = one.signed_in("owner")
    assert "A draft of the policy waits" not in owner.get("/admin").text
    edit(owner, current(one).text + "// more")
    assert "A draft of the policy waits" in owner.get("/admin").text
