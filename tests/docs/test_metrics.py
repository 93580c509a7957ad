"""The page for operators names each metric, with its labels."""

from prometheus_client import Counter, Histogram

from lms_gateway.telemetry import metrics
from tests.docs.pages import page, rows_of


def test_each_metric_is_told_with_its_labels() -> None:
    rows = rows_of(page("configuration.md").partition("## Metrics")[2])
    told = {row.codes[0][0]: tuple(row.codes[1]) for row in rows}
    kept = {
        each._name + ("_total" if isinstance(each, Counter) else ""): tuple(each._labelnames)
        for each in vars(metrics).values()
        if isinstance(each, Counter | Histogram)
    }

    assert told == kept
