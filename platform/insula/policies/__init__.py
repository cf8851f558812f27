"""The doors of the policy: the screens `/admin/policy`, `/api/policy`, `/api/decisions`, and `insula policy`.

Here a tenant's administrators edit the policy, check it, try it on past traffic, publish it and roll it back, and find
out why somebody was allowed or refused. What a policy is and how it decides is the security room's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Add the panel, the two branches of the API and the command."""
    config.add_admin_panel(
        "policy",
        title="Policy",
        group="Access",
        order=30,
        factory="insula.policies.resources.PolicyPanel",
        description="Who may do what: rules you try on past traffic before they hold.",
        summary="insula.policies.admin.summary",
    )
    for code, text in (
        ("policy-saved", "Saved as a draft. Nothing is in force before you publish it."),
        ("policy-discarded", "The draft is gone. The policy in force is as it was."),
        ("policy-published", "Published. It holds from the next request on."),
        (
            "policy-rolled-back",
            "Rolled back. The older text holds, as a new version, from the next request on.",
        ),
        ("policy-on-trial", "Published on trial. It goes by itself unless somebody confirms it."),
        ("policy-confirmed", "Confirmed. This version stays in force."),
        ("policy-returned", "The version before the trial is in force again, from the next request on."),
        ("policy-test-saved", "The test case is kept. No policy that fails it is published."),
        ("policy-test-removed", "The test case is gone."),
        ("decisions-forgotten", "The decisions recorded about this account are erased."),
        (
            "decisions-forgotten-in-part",
            "The newest decisions about this account are erased. Erase once more for the older ones.",
        ),
    ):
        config.add_admin_notice(code, text)
    config.add_decision_address("insula.policies.resources.decision_address")
    config.add_api_branch("policy", "insula.policies.resources.PolicyAPI", title="Policy")
    config.add_api_branch("decisions", "insula.policies.resources.DecisionsAPI", title="Decisions")
    config.include("insula.policies.admin")
    config.include("insula.policies.history")
    config.include("insula.policies.decisions")
    config.include("insula.policies.grids")
    config.include("insula.policies.cases")
    config.include("insula.policies.trials")
    config.include("insula.policies.api")
    config.include("insula.policies.draft_api")
    config.include("insula.policies.test_api")
    config.add_command("policy", "insula.policies.commands.policy")
