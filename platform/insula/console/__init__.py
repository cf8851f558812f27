"""The doors of tenancy for operators: tenants, plans and the installation's document, on their own tenant only.

What is changed here is the directory's, which no tenant may write: each change is a transaction of the system role,
and leaves its event with the tenant it is about, or with the operators' own.
"""

from typing import Any


def includeme(config: Any) -> None:
    """Add the commands, and lead from the console's root to its administration."""
    config.add_view_predicate("console", "insula.console.views.ConsolePredicate")
    config.add_view(
        "insula.console.views.to_administration",
        context="insula.tree.interfaces.Root",
        request_method=("GET", "HEAD"),
        permission=config.maybe_dotted("pyramid.security.NO_PERMISSION_REQUIRED"),
        console=True,
    )
    for name, title, order, factory, description in (
        ("tenants", "Tenants", 10, "Tenants", "Who is served here: their hosts, plan and status."),
        ("plans", "Plans", 20, "Plans", "What tenants are held to, and what binds all of them."),
    ):
        config.add_admin_panel(
            name,
            title=title,
            group="Installation",
            order=order,
            factory=f"insula.console.resources.{factory}Panel",
            description=description,
            summary=f"insula.console.{name}_admin.summary",
            console=True,
        )
        config.add_api_branch(name, f"insula.console.resources.{factory}API", title=title, console=True)
        config.include(f"insula.console.{name}_admin")
    for code, text in (
        ("plan-saved", "Saved. It holds from the next request of each tenant on."),
        ("plan-assigned", "The tenant is on this plan from its next request on."),
        ("tenant-suspended", "Suspended. It answers 503 from now on."),
        ("tenant-resumed", "Resumed. It is open again."),
    ):
        config.add_admin_notice(code, text)
    config.add_policy_names("Setting", "insula.console.names.names")
    config.register_service_factory(
        "insula.console.planning.planning_factory", "insula.console.interfaces.Planning"
    )
    config.include("insula.console.api")
    config.include("insula.console.mail")
    config.add_command("mail", "insula.console.mail_commands.mail")
    config.add_command("tenant", "insula.console.commands.tenant")
    config.add_command("plan", "insula.console.plan_commands.plan")
