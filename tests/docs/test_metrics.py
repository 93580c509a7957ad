"""The documented metrics and labels are those of the code."""

from prometheus_client import Counter, Histogram

from lms_gateway.telemetry import metrics
from tests.docs.pages import page, rows_of


def test_each_metric_is_documented_with_its_labels() -> None:
    rows = rows_of(page("configuration.md").partition("## Metrics")[2])
    documented = {row.codes[0][0]: tuple(row.codes[1]) for row in rows}
    exported = {
        metric._name + ("_total" if isinstance(metric, Counter) else ""): tuple(metric._labelnames)
        for metric in vars(metrics).values()
        if isinstance(metric, Counter | Histogram)
    }

    assert documented == exported
