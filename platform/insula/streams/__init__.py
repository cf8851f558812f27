"""The tenants' door to streams: how they are declared, fed, read, and shown on a site.

A push that is sent again is harmless: it lands on the same records. Reading goes page by page behind sealed cursors.
Two blocks, a table and a chart, show a stream on a page. The records themselves and the catalogue belong to `records`.
"""

from typing import Any


def includeme(config: Any) -> None:
    """Register the feature, its types in the policy, its services, its door under /api and its blocks."""
    config.add_feature(
        "streams",
        title="Streams",
        description="Records that devices and scripts push, read back through the API and shown on pages.",
        settings="insula.streams.settings.StreamsSettings",
    )
    config.add_policy_types(
        config.maybe_dotted("insula.streams.permissions.STREAM"),
        config.maybe_dotted("insula.streams.permissions.RECORD"),
    )
    config.add_policy_names("Stream", "insula.streams.names.names")
    config.register_service_factory(
        "insula.streams.services.ingest_factory", "insula.streams.interfaces.Ingest"
    )
    config.add_api_branch(
        "streams", "insula.streams.resources.StreamsAPI", title="Streams", feature="streams", visitors=True
    )
    for view, context, method, permission, rows in (
        ("list_streams", "StreamsAPI", "GET", "view", None),
        ("declare_stream", "StreamsAPI", "POST", "create", None),
        ("show_stream", "StreamResource", "GET", "view", None),
        ("push_records", "RecordsResource", "POST", "ingest", "read"),
        ("list_records", "RecordsResource", "GET", "view", None),
        ("list_latest", "LatestResource", "GET", "view", None),
    ):
        config.add_endpoint(
            f"insula.streams.api.{view}",
            context=f"insula.streams.resources.{context}",
            method=method,
            permission=permission,
            rows=rows,
        )
    for name, title, model, render in (
        ("latest-records", "Latest records", "LatestRecords", "render_latest"),
        ("chart", "Line chart", "LineChart", "render_chart"),
    ):
        config.add_block(
            name,
            title=title,
            model=f"insula.streams.blocks.{model}",
            render=f"insula.streams.blocks.{render}",
            feature="streams",
        )
    config.add_openapi_source("insula.streams.openapi.places_of")
    config.add_route_class("ingest", path=r"/api/streams/[^/]+/records", methods=("POST",))
    config.add_assets("streams", "insula.streams:static")
    config.add_stylesheet("insula.streams:static/streams.css")
    config.add_command("stream", "insula.streams.commands.stream_group")
