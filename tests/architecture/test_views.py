"""Every view says who may reach it, through Pyramid's introspector."""

from pyramid.interfaces import IExceptionResponse
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.static import static_view

from insula.security.permissions import Action

MOST_ROUTES = 20

# Views that answer anybody, each with its reason. Error pages need none: they answer what has been refused already.
PUBLIC = {
    "insula.console.views.to_administration": "it leads to /admin/, which asks who comes",
    "insula.handoff.views.callback": "an operator is nobody here before the code is redeemed",
    "insula.handoff.views.callback_page": "an operator is nobody here before the code is redeemed",
    "insula.handoff.views.leave": "a session that has ended meanwhile must not keep its browser from leaving",
    "insula.handoff.views.start": "nobody is signed in before signing in",
    "insula.handoff.views.start_page": "nobody is signed in before signing in",
    "insula.members.email.confirm": "who was sent the letter may read it in another browser",
    "insula.members.email.confirm_form": "who was sent the letter may read it in another browser",
    "insula.members.forgotten.forgot": "who has forgotten the password cannot sign in",
    "insula.members.forgotten.forgot_form": "who has forgotten the password cannot sign in",
    "insula.members.forgotten.reset": "who has forgotten the password cannot sign in",
    "insula.members.forgotten.reset_form": "who has forgotten the password cannot sign in",
    "insula.members.invited.accept": "who is invited has no account before",
    "insula.members.invited.invitation_form": "who is invited has no account before",
    "insula.members.views.sign_in": "nobody is signed in before signing in",
    "insula.members.views.sign_in_form": "nobody is signed in before signing in",
    "insula.members.views.sign_out": "a session that has ended meanwhile must not keep its browser from signing out",
    "insula.web.views.favicon": "it shows the same mark on every host",
    "insula.web.views.robots": "it says the same to every crawler",
    "insula.website.views.home": "it hands over to the page view of the site's first page, which asks the policy",
}


def views(registry):
    """Yield name, context, callable and permissions of every view."""
    for entry in registry.introspector.get_category("views"):
        view = entry["introspectable"]
        called = view["callable"]
        permissions = [each["value"] for each in entry["related"] if each.category_name == "permissions"]
        name = f"{getattr(called, '__module__', '')}.{getattr(called, '__qualname__', called)}"
        yield name, view["context"], called, permissions


def is_error_view(context) -> bool:
    return context is IExceptionResponse or (isinstance(context, type) and issubclass(context, Exception))


def test_every_view_states_a_permission(registry):
    silent = [
        name
        for name, context, _, permissions in views(registry)
        if not permissions and not is_error_view(context)
    ]
    assert not silent


def test_every_permission_is_one_of_the_policys_verbs(registry):
    verbs = {str(action) for action in Action}
    used = {str(each) for _, _, _, permissions in views(registry) for each in permissions}
    assert used - {NO_PERMISSION_REQUIRED} <= verbs


def test_the_views_that_answer_anybody_are_those_listed(registry):
    public = {
        name
        for name, context, called, permissions in views(registry)
        if NO_PERMISSION_REQUIRED in permissions
        and not is_error_view(context)
        and not isinstance(called, static_view)
    }
    assert public == set(PUBLIC)


def test_addresses_come_from_the_tree_and_routes_stay_few(registry):
    routes = registry.introspector.get_category("routes")
    assert len(routes) < MOST_ROUTES


def test_all_routes_serve_static_files(registry):
    patterns = [entry["introspectable"]["pattern"] for entry in registry.introspector.get_category("routes")]
    assert all(pattern.startswith(("/static/", "static/")) for pattern in patterns)
