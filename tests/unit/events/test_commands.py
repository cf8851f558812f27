"""`insula worker` and `insula outbox`."""

import os
import signal
import threading

from click.testing import CliRunner

from insula.events.commands import outbox, worker
from insula.kit.commands import Shell
from tests.faults import rig


def run(registry, command, *arguments):
    result = CliRunner().invoke(command, arguments, obj=Shell(registry, "test.ini"))
    return result.exit_code, result.output


def test_the_worker_delivers_what_waits_and_says_how_much(install, tenants):
    registry = install(listen={"one": lambda delivery, work: None})
    rig.make_thing(registry, tenants.ours, 1)
    assert run(registry, worker, "--once") == (
        0,
        "1 waiting\n1 delivered, 0 to be tried again, 0 put aside\n",
    )


def test_the_worker_ends_in_order_on_sigterm(install, tenants):
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    registry = install(listen={"one": lambda delivery, work: None})
    rig.make_thing(registry, tenants.ours, 1)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
    try:
        code, output = run(registry, worker)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert code == 0
    assert "1 delivered" in output
    assert output.endswith("The relay has stopped.\n")


def test_status_shows_what_waits_and_requeue_brings_back_what_was_put_aside(install, tenants):
    broken = [True]

    def consume(delivery, work):
        if broken:
            raise ValueError("no")

    registry = install(listen={"one": consume}, max_attempts=1)
    rig.make_thing(registry, tenants.ours, 1)
    code, output = run(registry, outbox, "status")
    assert code == 0
    assert output.splitlines()[0].split()[:3] == ["one", "1", "waiting"]
    run(registry, worker, "--once")
    assert run(registry, outbox, "status")[1] == "0 waiting, 1 put aside\n"
    assert run(registry, outbox, "requeue", "--tenant-id", str(tenants.theirs))[1] == "0 brought back\n"
    broken.clear()
    assert run(registry, outbox, "requeue")[1] == "1 brought back\n"
    run(registry, worker, "--once")
    assert run(registry, outbox, "status")[1] == "0 waiting, 0 put aside\n"


def test_without_the_system_role_the_worker_is_refused_with_the_remedy(install):
    settings = dict(install().settings)
    registry = rig.build(
        {"insula.db.url": "postgresql+psycopg://nobody@127.0.0.1:1/none", **records_of(settings)}
    )
    code, output = run(registry, worker, "--once")
    assert code == 1
    assert "insula.db.system_url" in output
    rig.close(registry)


def records_of(settings):
    return {key: value for key, value in settings.items() if key.startswith("insula.records.")}
