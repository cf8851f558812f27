"""Every feature and each of its settings has an entry in the reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from insula.streams.settings import StreamsSettings
from insula.website.settings import SiteSettings

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "features.md").read_text()


@pytest.mark.parametrize(("name", "model"), [("website", SiteSettings), ("streams", StreamsSettings)])
def test_each_setting_of_a_feature_is_listed(name, model):
    missing = [field for field in model.model_fields if f"| `{name}.{field}` |" not in PAGE]
    assert missing == []


def test_the_reference_lists_nothing_that_is_gone():
    known = {f"website.{field}" for field in SiteSettings.model_fields}
    known |= {f"streams.{field}" for field in StreamsSettings.model_fields}
    listed = {line.split("`")[1] for line in PAGE.splitlines() if line.startswith("| `")}
    assert listed == known
