"""What the rules say of a role, in words."""

from insula.people.effects import effects_of
from insula.security.interfaces import Explain, RuleText

RULES = (
    RuleText(
        "installation:only-owners-make-owners",
        "forbid",
        'forbid(principal, action, resource) unless { principal in Role::"owner" };',
    ),
    RuleText(
        "tenant:owners-do-everything", "permit", 'permit(principal in Role::"owner", action, resource);'
    ),
    RuleText(
        "tenant:no-press.at_night",
        "forbid",
        'forbid(principal is Account in Role :: "press", action, resource);',
    ),
    RuleText(
        "tenant:everybody",
        "permit",
        '// Role::"press" is not named here\npermit(principal, action, resource);',
    ),
    RuleText(
        "tenant:odd",
        "permit",
        'permit(principal, action, resource) when { resource.name == "// Role::\\"x\\"" || principal in Role::"late" };',
    ),
    RuleText("tenant:grid/viewer/Page", "permit", "Table of roles: viewer may view Page."),
)


class Asked:
    """A request whose only service says what the rules are."""

    def find_service(self, promise):
        assert promise is Explain
        return self

    def rules(self):
        return RULES


def told(role):
    return [(each.sentence, each.effect, each.aimed) for each in effects_of(Asked()).get(role, ())]


def test_a_rule_is_told_by_its_name_and_what_a_role_may_do_comes_first():
    assert told("owner") == [
        ("Owners do everything", "permit", True),
        ("Only owners make owners", "forbid", False),
    ]


def test_a_rule_that_forbids_a_role_is_aimed_at_it():
    assert told("press") == [("No press at night", "forbid", True)]


def test_a_table_of_roles_is_told_in_its_own_words():
    assert told("viewer") == [("viewer may view Page", "permit", True)]


def test_a_role_behind_a_text_that_looks_like_a_comment_is_named():
    assert told("late") == [("Odd", "permit", False)]


def test_a_role_that_no_rule_names_is_left_out():
    assert "nobody" not in effects_of(Asked())
