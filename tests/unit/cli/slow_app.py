"""A WSGI application whose answers name the process that gave them; it is served by the tests of `insula serve`."""

import os
import time
from urllib.parse import parse_qs


def factory(_global_config, **settings):
    if settings.get("broken") == "yes":
        raise RuntimeError("broken on purpose")
    label = settings.get("label", "none")

    def app(environ, start_response):
        query = parse_qs(environ.get("QUERY_STRING", ""))
        time.sleep(float(query.get("sleep", ["0"])[0]))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{os.getpid()} {label} {environ['wsgi.url_scheme']}".encode()]

    return app
