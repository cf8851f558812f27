"""The block `image` of a page, and what keeps its file."""

from __future__ import annotations

from threading import Thread
from uuid import UUID

import pytest

from insula.files.interfaces import Files
from insula.kit.errors import Conflict, InsulaError
from insula.kit.ids import uuid7
from insula.website.interfaces import PageDraft, Pages


def page(keeper, path, *blocks, status=201):
    return keeper.api().post_json(
        "/api/pages", {"path": path, "title": "Pier", "blocks": list(blocks)}, status=status
    )


def image(file, **fields):
    return {"kind": "image", "file": file["id"], **fields}


def test_a_page_shows_an_image_in_the_width_that_fits(keeper):
    made = keeper.file(alt="The+pier", public="true")
    shown = page(keeper, "/pier", image(made, caption="At <noon>")).json
    keeper.api().post_json(f"/api/pages/{shown['id']}/publish", {})
    visitor = keeper.handle.visitor()
    answer = visitor.get("/pier")
    found = answer.html.find("figure", class_="picture")
    assert found.img["alt"] == "The pier"
    assert found.img["src"] == f"{made['url']}?width=960"
    assert found.img["srcset"] == ", ".join(
        f"{made['url']}?width={width} {drawn}w" for width, drawn in ((320, 320), (640, 640), (960, 800))
    )
    assert (found.img["width"], found.img["height"]) == ("800", "400")
    assert found.figcaption.text == "At <noon>"
    # What is said of the file is said on the page, and who may not view it sees the page without it.
    tag = {"If-None-Match": answer.headers["ETag"]}
    visitor.get("/pier", headers=tag, status=304)
    keeper.api().patch_json(f"/api/files/{made['id']}", {"alt": "A pier"}, headers={"If-Match": "*"})
    assert visitor.get("/pier", headers=tag).html.find("figure").img["alt"] == "A pier"
    keeper.api().patch_json(f"/api/files/{made['id']}", {"public": False}, headers={"If-Match": "*"})
    hidden = visitor.get("/pier", headers=tag)
    assert hidden.html.find("figure") is None
    assert made["id"] not in hidden
    assert keeper.browser("viewer").get("/pier").html.find("figure").img


@pytest.mark.parametrize("kind", ["none", "others", "text"])
def test_a_block_names_an_image_that_there_is(keeper, other, kind):
    made = {
        "none": lambda: {"id": str(uuid7())},
        "others": other.file,
        "text": lambda: keeper.file(b"words", "text/plain", name="a.txt"),
    }[kind]()
    refused = page(keeper, f"/no-{kind}", image(made), status=422)
    assert refused.json["errors"][0]["path"] == "blocks[0].file"
    keeper.api().get("/api/pages", status=200)


def test_a_file_that_is_used_is_not_deleted(keeper):
    made = keeper.file()
    shown = page(keeper, "/used", image(made)).json
    address = f"/api/files/{made['id']}"
    uses = keeper.api().get(f"{address}/uses").json
    assert uses == {"data": [{"title": "Pier (/used)", "address": "/admin/pages/used"}], "others": 0}
    refused = keeper.api().delete(address, headers={"If-Match": "*"}, status=409)
    assert "used in 1 place." in refused.json["detail"]
    screen = keeper.browser().get(f"/admin/files/{made['id']}/@@delete")
    assert "A file that is used stays." in screen
    assert "delete" not in screen.forms
    keeper.api().patch_json(f"/api/pages/{shown['id']}", {"blocks": []}, headers={"If-Match": "*"})
    keeper.api().delete(address, headers={"If-Match": "*"}, status=204)


def test_a_file_is_not_deleted_while_a_page_takes_it_in(keeper):
    made, errors = keeper.file(), []

    def delete():
        try:
            with keeper.handle.work() as work:
                work.find_service(Files).delete(UUID(made["id"]))
        except InsulaError as error:
            errors.append(error)

    deleting = Thread(target=delete)
    with keeper.handle.work() as work:
        draft = PageDraft(path="/taken", title="Taken", blocks=[image(made)])
        work.find_service(Pages).create(draft)
        deleting.start()
        deleting.join(0.3)
        assert deleting.is_alive()
    deleting.join(10)
    assert [type(each) for each in errors] == [Conflict]
    assert keeper.api().get(f"/api/files/{made['id']}").status_int == 200
